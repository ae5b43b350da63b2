/** From a record's fields to key, text and metadata, by what the source declares. Pure. */
import { canonicalJson } from '../../domain/hashing.js';
import type { RecordMapping } from '../../domain/source-spec.js';
import { normaliseText } from '../../domain/text.js';

type Fields = Readonly<Record<string, unknown>>;

export type RecordKey =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly problem: string };

/** First in the uri of what has no key: no record may have such a one. */
export const MALFORMED_PREFIX = '!malformed/';
/** `{{field}}` in a template. */
export const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * The value at a dotted path: own properties and list indexes; undefined when it is not there. A field whose name has a
 * dot in it is found by its whole name.
 */
export function fieldOf(fields: Fields, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path];
  let value: unknown = fields;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Fields)[step];
  }
  return value;
}

export function keyOf(fields: Fields, { key }: RecordMapping): RecordKey {
  const parts: string[] = [];
  for (const field of key) {
    const value = fieldOf(fields, field);
    if (value === undefined || value === null || value === '')
      return { ok: false, problem: `has no ${field}, its key` };
    if (typeof value === 'object') return { ok: false, problem: `${field}, its key, is no text or number` };
    const text = String(value).toWellFormed();
    // Several parts are joined, so that no two lists of parts give one key.
    parts.push(key.length === 1 ? text : text.replaceAll('%', '%25').replaceAll('/', '%2F'));
  }
  const joined = parts.join('/').normalize('NFC');
  if (joined.startsWith(MALFORMED_PREFIX))
    return { ok: false, problem: `has a key that begins with ${MALFORMED_PREFIX}` };
  return { ok: true, key: joined };
}

export function composeText(fields: Fields, { text }: RecordMapping): string {
  if (typeof text === 'string') {
    return normaliseText(text.replaceAll(PLACEHOLDER, (_, path: string) => shown(fieldOf(fields, path))));
  }
  const parts = text.map((path) => shown(fieldOf(fields, path))).filter((part) => part.trim() !== '');
  return normaliseText(parts.join('\n\n'));
}

export function composeMetadata(fields: Fields, { metadata_from }: RecordMapping): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const [name, path] of Object.entries(metadata_from)) {
    const value = fieldOf(fields, path);
    if (value !== undefined && value !== null) metadata[name] = value;
  }
  return metadata;
}

/** What a source's deletion field says. Texts are those that CSV files and databases write for "no". */
export function isDeleted(value: unknown): boolean {
  if (typeof value === 'string') return !/^(?:|0|f|false|n|no|null)$/i.test(value.trim());
  return value !== undefined && value !== null && value !== false && value !== 0;
}

/** As a reader wants it: lists in one line, structures as JSON. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value))
    return value
      .map(shown)
      .filter((item) => item !== '')
      .join(', ');
  return typeof value === 'object' ? canonicalJson(value) : String(value);
}
