/** Violations of a contract in one line: `/owner required; /status must be one of "open", "closed"`. */
import { compareUtf8 } from '../domain/text.js';
import type { SchemaFault } from '../platform/json-schema.js';

const SHOWN = 3;
const MAX_LENGTH = 120;

/** Names keys and rules, never a document's values: it is stored, logged and posted. */
export function describeViolations(faults: readonly SchemaFault[]): string {
  const all = [...new Set(faults.map(describe))].sort(compareUtf8);
  const more = all.length - SHOWN;
  return [...all.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function describe({ instancePath, keyword, message, params }: SchemaFault): string {
  const at = instancePath === '' ? '/' : instancePath;
  switch (keyword) {
    case 'required':
      return line(`${instancePath}/${pointerStep(params['missingProperty'])}`, 'required');
    case 'additionalProperties':
      return line(`${instancePath}/${pointerStep(params['additionalProperty'])}`, 'not allowed');
    case 'unevaluatedProperties':
      return line(`${instancePath}/${pointerStep(params['unevaluatedProperty'])}`, 'not allowed');
    case 'enum':
      return line(at, `must be one of ${listed(params['allowedValues'])}`);
    case 'const':
      return line(at, `must be ${JSON.stringify(params['allowedValue'])}`);
    default:
      return line(at, message);
  }
}

function line(pointer: string, rule: string): string {
  const text = `${pointer} ${rule}`;
  const points = [...text];
  return points.length <= MAX_LENGTH ? text : `${points.slice(0, MAX_LENGTH - 3).join('')}...`;
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values);
}

function pointerStep(key: unknown): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}
