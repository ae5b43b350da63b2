/**
 * Pure: nested metadata -> the flat form that Chroma stores. Version 1 of the mapping (part of gate_recipe):
 * - a document's front matter is laid over its source's metadata, map by map; lists are replaced;
 * - nested keys are joined with dots; null, and maps without entries, are left out;
 * - lists become one string, their canonical JSON; dates their ISO form;
 * - integers beyond 2^53 and numbers that are not finite become strings;
 * - keys that Chroma or we reserve (empty, `#...`, `$...`, `chroma:...`, `ingest_...`) are dropped with a
 *   warning, as is the second of two keys that flatten to one name.
 */
import type { Metadata, MetadataValue } from '../domain/document.js';
import { canonicalJson } from '../domain/hashing.js';
import { RESERVED_PREFIX } from '../domain/record.js';
import { compareUtf8 } from '../domain/text.js';
import type { Warning } from '../domain/warning.js';

export const MAPPING_VERSION = 1;

/** Keys of one document, beside ours. More than a few dozen wedge a Chroma collection. */
const MAX_KEYS = 40;
/** UTF-8 bytes of one stored string: the quota of Chroma Cloud. */
const MAX_VALUE_BYTES = 8_182;
/** UTF-8 bytes of one flattened key. */
const MAX_KEY_BYTES = 512;
const MAX_DEPTH = 32;

type Nested = Readonly<Record<string, unknown>>;

export type FlattenResult =
  | { readonly ok: true; readonly metadata: Metadata; readonly warnings: readonly Warning[] }
  /** Cannot be stored; detail says why. */
  | { readonly ok: false; readonly detail: string };

export function flattenMetadata(nested: Nested): FlattenResult {
  const flat = new Map<string, MetadataValue>();
  const warnings: Warning[] = [];
  const drop = (key: string, why: string): void => {
    warnings.push({
      key: 'metadata-key-dropped',
      message: `the metadata key ${JSON.stringify(key)} is not stored: ${why}`,
      detail: key,
      functional: false,
    });
  };

  const visit = (value: unknown, key: string, depth: number): string | undefined => {
    if (depth > MAX_DEPTH) return `metadata is nested deeper than ${MAX_DEPTH} levels`;
    if (isMap(value)) {
      for (const [name, item] of entriesInOrder(value)) {
        const problem = visit(item, depth === 0 ? name : `${key}.${name}`, depth + 1);
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
    const stored = storedValue(value);
    if (stored === undefined) return undefined;
    const storedKey = key.toWellFormed();
    const reason = reservedBecause(storedKey);
    if (reason !== undefined) drop(storedKey, reason);
    else if (flat.has(storedKey)) drop(storedKey, 'another key flattens to the same name');
    else if (typeof stored === 'string' && Buffer.byteLength(stored) > MAX_VALUE_BYTES) {
      return `${storedKey} has ${Buffer.byteLength(stored)} bytes, at most ${MAX_VALUE_BYTES}`;
    } else flat.set(storedKey, stored);
    return undefined;
  };

  const detail = visit(nested, '', 0);
  if (detail !== undefined) return { ok: false, detail };
  if (flat.size > MAX_KEYS) return { ok: false, detail: `${flat.size} metadata keys, at most ${MAX_KEYS}` };
  return { ok: true, metadata: Object.fromEntries(flat), warnings };
}

/** What the document says wins over what its source says. */
export function mergeMetadata(source: Nested, document: Nested): Nested {
  const merged = new Map<string, unknown>(Object.entries(source));
  for (const [key, value] of Object.entries(document)) {
    const below = merged.get(key);
    merged.set(key, isMap(below) && isMap(value) ? mergeMetadata(below, value) : value);
  }
  // fromEntries defines own properties: __proto__ is a key like any other.
  return Object.fromEntries(merged);
}

function storedValue(value: unknown): MetadataValue | undefined {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) return String(value);
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return String(value);
      return value === 0 ? 0 : value;
    case 'bigint': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    }
    case 'object':
      if (value === null) return undefined;
      if (value instanceof Date) return isoOf(value);
      return canonicalJson(jsonOf(value, 0));
    default:
      return undefined;
  }
}

/** A list's items in JSON, by the same rules as single values; null keeps its place. */
function jsonOf(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth + 1));
  if (isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key.toWellFormed(), jsonOf(item, depth + 1)]),
    );
  }
  return storedValue(value) ?? null;
}

function isoOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? String(date) : date.toISOString();
}

function reservedBecause(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.startsWith('#') || key.startsWith('$')) return `keys cannot start with ${key.charAt(0)}`;
  if (key.startsWith('chroma:')) return 'the prefix chroma: is reserved by Chroma';
  if (key.startsWith(RESERVED_PREFIX)) return `the prefix ${RESERVED_PREFIX} is reserved by ingest`;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `it has more than ${MAX_KEY_BYTES} bytes`;
  return undefined;
}

/** Sorted, so that which of two colliding keys stays does not depend on how the file is written. */
function entriesInOrder(value: Nested): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => compareUtf8(a, b));
}

function isMap(value: unknown): value is Nested {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
