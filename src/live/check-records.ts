/**
 * Refuses what must never be sent. Chroma's log commits before records are applied: a poison record wedges its
 * collection, or the whole server, for ever.
 */
import type { MetadataValue } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import type { PatchRecord, PutRecord } from '../domain/ports/live.js';
import type { LiveLimits } from './limits.js';

/** @throws IngestError E406 naming the record and the reason, E408 for a vector of another dimension */
export function checkPuts(
  records: readonly PutRecord[],
  dimension: number | undefined,
  limits: LiveLimits,
): void {
  checkIds(records, limits);
  const expected = dimension ?? records[0]?.vector.length;
  for (const { id, text, vector, metadata } of records) {
    if (text === '') throw refused(id, 'its text is empty');
    if (bytes(text) > limits.documentBytes)
      throw refused(id, `its text is longer than ${limits.documentBytes} bytes`);
    checkMetadata(id, metadata, limits);
    if (vector.length === 0) throw refused(id, 'its vector is empty');
    if (vector.length !== expected) throw wrongDimension(id, vector.length, expected);
    if (!vector.every(Number.isFinite)) throw refused(id, 'its vector holds a number that is not finite');
  }
}

/** @throws IngestError E406 */
export function checkPatches(patches: readonly PatchRecord[], limits: LiveLimits): void {
  checkIds(patches, limits);
  for (const { id, metadata } of patches) checkMetadata(id, metadata, limits);
}

/** @throws IngestError E406 for a value that the server would refuse; nothing of it can be left out */
export function checkCollectionMetadata(
  metadata: Readonly<Record<string, unknown>>,
  limits: LiveLimits,
): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string' || bytes(value) <= limits.collectionValueBytes) continue;
    throw new IngestError(
      'E406',
      `${key} of the collection is longer than the ${limits.collectionValueBytes} bytes that this Chroma takes`,
      {
        kind: 'input',
        advice:
          'It lists the manifests that share the collection: give some a collection of their own, or raise `chroma.limits.collection_value_bytes` if the server takes more.',
      },
    );
  }
}

function checkIds(records: readonly { readonly id: string }[], limits: LiveLimits): void {
  const seen = new Set<string>();
  for (const { id } of records) {
    if (id === '') throw refused(id, 'its id is empty');
    if (!id.isWellFormed()) throw refused(id, 'its id is not well-formed Unicode');
    if (bytes(id) > limits.idBytes) throw refused(id, `its id is longer than ${limits.idBytes} bytes`);
    if (seen.has(id)) throw refused(id, 'it is there twice in one write');
    seen.add(id);
  }
}

function checkMetadata(
  id: string,
  metadata: Readonly<Record<string, MetadataValue | null>>,
  limits: LiveLimits,
): void {
  const entries: [string, unknown][] = Object.entries(metadata);
  if (entries.length > limits.metadataKeys) {
    throw refused(
      id,
      `it has ${entries.length} metadata keys, those of ingest among them, and at most ${limits.metadataKeys} are safe`,
    );
  }
  for (const [key, value] of entries) {
    const wrong = wrongKey(key, limits) ?? wrongValue(value, limits);
    if (wrong !== undefined) throw refused(id, `metadata key ${JSON.stringify(key)}: ${wrong}`);
  }
}

function wrongKey(key: string, limits: LiveLimits): string | undefined {
  if (key === '') return 'keys must not be empty';
  if (key.startsWith('chroma:')) return 'keys that start with "chroma:" belong to Chroma';
  if (key.startsWith('#') || key.startsWith('$')) return 'keys must not start with # or $';
  if (!key.isWellFormed()) return 'it is not well-formed Unicode';
  if (bytes(key) > limits.keyBytes) return `keys must not be longer than ${limits.keyBytes} bytes`;
  return undefined;
}

function wrongValue(value: unknown, limits: LiveLimits): string | undefined {
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'the number is not finite';
  if (typeof value !== 'string') return `a value must be text, a number or a boolean, not ${typeName(value)}`;
  return bytes(value) > limits.valueBytes ? `the value is longer than ${limits.valueBytes} bytes` : undefined;
}

function typeName(value: unknown): string {
  if (value === undefined) return 'undefined';
  return Array.isArray(value) ? 'a list' : typeof value;
}

function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function refused(id: string, reason: string): IngestError {
  return new IngestError('E406', `record ${JSON.stringify(id)} cannot be stored in Chroma: ${reason}`, {
    kind: 'input',
    advice: 'Nothing of this write was sent. Change the metadata or text of the document that it comes from.',
  });
}

function wrongDimension(id: string, actual: number, expected: number | undefined): IngestError {
  return new IngestError(
    'E408',
    `record ${JSON.stringify(id)} has a vector of ${actual} dimensions, the collection holds ${expected}`,
    {
      kind: 'input',
      advice:
        'The first write fixes the dimension for ever. Another model or dimension needs a collection of its own.',
    },
  );
}
