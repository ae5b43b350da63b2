/**
 * A checksum that a document declares of itself, held against its text. Pure.
 *
 * It is the SHA-256 of the text below the front matter (UTF-8, LF; blank lines around it do not count), or, of a
 * record, of its canonical JSON without that field, or of its text.
 */

import type { Judgement } from '../../domain/gate-policy.js';
import { canonicalJson, sha256Hex } from '../../domain/hashing.js';
import type { Finding } from '../finding.js';

/** Looked at where no other is named. */
export const CHECKSUM_FIELD = 'checksum_sha256';

export interface ChecksumInput {
  /** Name of the field; dots lead into maps. */
  readonly field: string;
  /** The document's own fields: what its source gives to all is no checksum of one. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly isRecord: boolean;
  readonly missing: Judgement;
}

export function checkChecksum(input: ChecksumInput): Finding | undefined {
  const { field, fields, missing } = input;
  const declared = at(fields, field);
  if (declared === undefined || declared === null || declared === '') {
    return { code: 'missing-checksum', judgement: missing, detail: `${field} declares no checksum` };
  }
  if (typeof declared !== 'string' || !/^(?:sha256:)?[0-9a-f]{64}$/i.test(declared)) {
    return mismatch(`${field} is not a SHA-256: 64 hexadecimal digits`);
  }
  const wanted = declared.replace(/^sha256:/i, '').toLowerCase();
  for (const text of formsOf(input)) if (sha256Hex(text) === wanted) return undefined;
  return mismatch(`${field} is not the checksum of ${input.isRecord ? 'the record' : 'the text'}`);
}

function mismatch(detail: string): Finding {
  return { code: 'checksum-mismatch', judgement: 'reject', detail };
}

function* formsOf({ field, fields, text, isRecord }: ChecksumInput): Generator<string> {
  const bare = text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
  yield* [text, bare, `${bare}\n`];
  if (isRecord) yield canonicalJson(without(fields, field.split('.')));
}

function at(fields: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path];
  let value: unknown = fields;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

function without(value: unknown, [first, ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || first === undefined) return value;
  const whole = [first, ...rest].join('.');
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== whole)
      .map(([key, item]) => [key, key === first && rest.length > 0 ? without(item, rest) : item]),
  );
}
