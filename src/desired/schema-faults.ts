/** From violations of contracts/manifest.schema.json to faults that say what to write instead. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { CompiledSchema, SchemaFault } from '../platform/json-schema.js';
import type { YamlPath } from '../platform/yaml.js';
import type { ManifestDocument } from './manifest-document.js';
import { nearestName, suggestName } from './suggest.js';
import { isRecord, ownValue } from './walk-value.js';

interface Finding {
  readonly path: YamlPath;
  readonly code: ErrorCode;
  readonly message: string;
  readonly advice: string;
  readonly at: 'key' | 'value';
}

/** Adds a fault for every violation of `value` that `only` lets through. */
export function addSchemaFaults(
  document: ManifestDocument,
  schema: CompiledSchema,
  value: unknown,
  only: (path: YamlPath) => boolean = () => true,
): void {
  const findings = schema.validate(value).map((fault) => explain(fault, value));
  const ours = ownValue(value, 'apiVersion') === 'ingest/v1';
  // What another apiVersion holds cannot be judged by this schema; a misspelt kind of ours can.
  const foreign = ours ? [] : findings.filter(({ code }) => code === 'E113');
  const shown = foreign.length > 0 ? foreign : withoutConsequences(findings);
  for (const finding of shown) {
    if (!only(finding.path)) continue;
    const { path, code, message, advice } = finding;
    if (finding.at === 'key') document.faultAtKey(path, code, message, advice);
    else document.faultAt(path, code, message, advice);
  }
}

/**
 * Beside a source type or provider that is not supported, its keys say nothing new; nor does a range about a
 * value of the wrong type.
 */
function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const parents = findings
    .filter(({ code, path }) => code === 'E118' && ['type', 'provider', 'mode'].includes(String(path.at(-1))))
    .map(({ path }) => path.slice(0, -1));
  const mistyped = findings.filter(({ code }) => code === 'E103').map(({ path }) => path.join('/'));
  const distinct = findings.filter(({ code, path }) => code !== 'E107' || !mistyped.includes(path.join('/')));
  return distinct.filter(
    (finding) =>
      finding.code === 'E118' ||
      !parents.some((parent) => parent.every((step, index) => finding.path[index] === step)),
  );
}

function explain(fault: SchemaFault, root: unknown): Finding {
  const path = pathOf(fault.instancePath, root);
  const name = path.length === 0 ? 'the manifest' : nameOf(path);
  const { params, rule, value } = fault;
  switch (fault.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.entries(isRecord(rule['properties']) ? rule['properties'] : {})
        .filter(([, property]) => !isLater(property))
        .map(([property]) => property);
      return {
        path: [...path, key],
        code: 'E101',
        at: 'key',
        message: `unknown key "${key}"`,
        advice: suggestName(key, known),
      };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const example = exampleOf(ownValue(rule['properties'], key));
      return {
        path,
        code: 'E102',
        at: 'key',
        message: `${path.length === 0 ? 'the manifest' : `"${name}"`} needs the key "${key}"`,
        advice: example === undefined ? `add ${key}:` : `add ${key}: ${example}`,
      };
    }
    case 'not':
      return {
        path,
        code: 'E118',
        at: 'key',
        message: `"${name}" is not supported by this version`,
        advice: 'remove it',
      };
    case 'enum':
    case 'const':
      return oneOf(path, name, fault);
    case 'type':
      return wrongType(path, name, fault);
    case 'minimum':
    case 'maximum':
      return {
        path,
        code: 'E107',
        at: 'value',
        message: `${name} must be ${expected(rule)}`,
        advice: writeExample(rule),
      };
    case 'propertyNames':
      return {
        path: [...path, String(params['propertyName'])],
        code: 'E103',
        at: 'key',
        message: `"${String(params['propertyName'])}" cannot be a name here`,
        advice: String(ownValue(rule['propertyNames'], 'patternErrorMessage') ?? 'choose another name'),
      };
    case 'pattern':
      return {
        path,
        code: 'E103',
        at: 'value',
        message: `${name} ${String(rule['patternErrorMessage'] ?? fault.message)}`,
        advice: writeExample(rule),
      };
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return {
        path,
        code: 'E103',
        at: 'value',
        message: `${name} must not be empty`,
        advice: emptyAdvice(name, rule),
      };
    default:
      return {
        path,
        code: 'E103',
        at: 'value',
        message: `${name} ${fault.message}`,
        advice: writeExample(rule, value),
      };
  }
}

function oneOf(path: YamlPath, name: string, { params, rule, value }: SchemaFault): Finding {
  if (path.length === 1 && (name === 'apiVersion' || name === 'kind')) {
    const wanted = String(params['allowedValue']);
    return {
      path,
      code: 'E113',
      at: 'value',
      message: `${name} must be ${wanted}`,
      advice: `write ${wanted}, or move the file out of this folder if it is no manifest`,
    };
  }
  const allowed = Array.isArray(params['allowedValues'])
    ? params['allowedValues'].map(String)
    : [String(params['allowedValue'])];
  if (Array.isArray(rule['x-later']) && rule['x-later'].includes(value)) {
    return {
      path,
      code: 'E118',
      at: 'value',
      message: `${name} ${String(value)} is not supported by this version`,
      advice: `supported: ${allowed.join(', ')}`,
    };
  }
  const instead = typeof value === 'string' ? ownValue(rule['x-instead'], value) : undefined;
  if (typeof instead === 'string') {
    const message = `${name} cannot be ${String(value)}`;
    return { path, code: 'E103', at: 'value', message, advice: instead };
  }
  const nearest = typeof value === 'string' ? nearestName(value, allowed) : undefined;
  return {
    path,
    code: 'E103',
    at: 'value',
    message: `${name} must be ${allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`}`,
    advice: nearest === undefined ? `write ${allowed[0] ?? ''}` : `did you mean "${nearest}"?`,
  };
}

function wrongType(path: YamlPath, name: string, { rule, value }: SchemaFault): Finding {
  const wanted = expected(rule);
  const number = wantsNumber(rule) && typeof value === 'string' ? numberMeant(value) : undefined;
  // A number in another notation ("10%") is a slip of value; anything else is of another type.
  const code = number === undefined ? 'E103' : 'E107';
  const advice = number === undefined ? typeAdvice(rule, value) : `write ${number}`;
  return { path, code, at: 'value', message: `${name} must be ${wanted}`, advice };
}

function typeAdvice(rule: Readonly<Record<string, unknown>>, value: unknown): string {
  const type = rule['type'];
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return `write "${String(value)}", in quotes`;
  if (type === 'boolean' && typeof value === 'string') {
    if (/^(?:yes|on|y|true)$/i.test(value)) return 'write true';
    if (/^(?:no|off|n|false)$/i.test(value)) return 'write false';
  }
  if (type === 'array' && typeof value === 'string') return `write ["${value}"]`;
  if (wantsNumber(rule) && typeof value === 'string' && value.includes('${'))
    return 'variables can stand only where text is expected';
  return writeExample(rule, value);
}

/** `10%` -> 0.1, `1,200` and `1_200` -> 1200, `"5"` -> 5. */
function numberMeant(text: string): number | undefined {
  const match = /^\s*([+-]?\d[\d_,]*(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text);
  if (!match) return undefined;
  const number = Number((match[1] ?? '').replace(/[_,]/g, ''));
  if (!Number.isFinite(number)) return undefined;
  return match[2] === '%' ? Number((number / 100).toPrecision(12)) : number;
}

function wantsNumber(rule: Readonly<Record<string, unknown>>): boolean {
  return rule['type'] === 'number' || rule['type'] === 'integer';
}

/** "a number from 0 to 1", "a whole number of at least 1", "text", "true or false". */
function expected(rule: Readonly<Record<string, unknown>>): string {
  const { type, minimum, maximum } = rule as { type?: unknown; minimum?: unknown; maximum?: unknown };
  if (wantsNumber(rule)) {
    const kind = type === 'integer' ? 'a whole number' : 'a number';
    if (minimum !== undefined && maximum !== undefined)
      return `${kind} from ${String(minimum)} to ${String(maximum)}`;
    return minimum === undefined ? kind : `${kind} of at least ${String(minimum)}`;
  }
  const names = (Array.isArray(type) ? type : [type]).map((one) => TYPE_NAMES[String(one)] ?? String(one));
  return names.join(' or ');
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
};

function emptyAdvice(name: string, rule: Readonly<Record<string, unknown>>): string {
  return name === 'sources' ? 'declare a source' : writeExample(rule);
}

function writeExample(rule: Readonly<Record<string, unknown>>, value?: unknown): string {
  const example = exampleOf(rule);
  if (example !== undefined) return `write ${example}`;
  return value === null ? 'give it a value, or remove the key' : `write ${expected(rule)}`;
}

/** As it could be typed: the first example, else the default. */
function exampleOf(rule: unknown): string | undefined {
  const examples = ownValue(rule, 'examples');
  const example = Array.isArray(examples)
    ? examples[0]
    : (ownValue(rule, 'const') ?? ownValue(rule, 'default'));
  if (example === undefined || example === '') return undefined;
  if (typeof example === 'object') return flow(example);
  const text = String(example);
  // In double quotes a line end can be typed.
  return text.includes('\n') ? JSON.stringify(text) : text;
}

/** YAML flow style, with spaces as people write it. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isRecord(value)) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${flow(item)}`)
      .join(', ')} }`;
  }
  const text = String(value);
  return typeof value === 'string' && /[*{}[\],#&:]/.test(text) ? `"${text}"` : text;
}

function isLater(property: unknown): boolean {
  return ownValue(property, '$ref') === '#/$defs/later';
}

function nameOf(path: YamlPath): string {
  const last = path.at(-1);
  return typeof last === 'number' ? `${String(path.at(-2) ?? 'item')}[${last}]` : String(last);
}

/** JSON Pointer -> path; a step is an index where the value there is a list. */
function pathOf(pointer: string, root: unknown): YamlPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const step = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) {
      path.push(Number(step));
      value = value[Number(step)];
    } else {
      path.push(step);
      value = ownValue(value, step);
    }
  }
  return path;
}
