/** Turns records into request bodies, each within the limits of count and bytes. */
import type { MetadataValue } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import type { PatchRecord, PutRecord } from '../domain/ports/live.js';

export interface BodyLimits {
  readonly records: number;
  readonly bytes: number;
}

/** JSON bodies for upsert. Explicit nulls stay: they are the only way to remove a key. */
export function putBodies(records: readonly PutRecord[], base64: boolean, limits: BodyLimits): string[] {
  return bodies(
    ['ids', 'embeddings', 'documents', 'metadatas'],
    records.map(({ id, vector, text, metadata }) => [
      JSON.stringify(id),
      vectorJson(vector, base64),
      JSON.stringify(text.toWellFormed()),
      metadataJson(metadata),
    ]),
    limits,
  );
}

/** JSON bodies for update, metadata only. */
export function patchBodies(patches: readonly PatchRecord[], limits: BodyLimits): string[] {
  return bodies(
    ['ids', 'metadatas'],
    patches.map(({ id, metadata }) => [JSON.stringify(id), metadataJson(metadata)]),
    limits,
  );
}

/** Columns of JSON values, joined; each row was turned into JSON once, so its bytes are known. */
function bodies(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  limits: BodyLimits,
): string[] {
  const parts: (readonly string[])[][] = [];
  let part: (readonly string[])[] = [];
  let size = 0;
  for (const row of rows) {
    const rowSize = row.reduce((sum, json) => sum + Buffer.byteLength(json) + 1, 0);
    if (rowSize > limits.bytes) throw tooLarge(row[0] ?? '', rowSize, limits.bytes);
    if (part.length === limits.records || size + rowSize > limits.bytes) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(row);
    size += rowSize;
  }
  if (part.length > 0) parts.push(part);
  return parts.map((rowsOfPart) => {
    const columns = names.map(
      (name, column) => `"${name}":[${rowsOfPart.map((row) => row[column]).join(',')}]`,
    );
    return `{${columns.join(',')}}`;
  });
}

function metadataJson(metadata: Readonly<Record<string, MetadataValue | null>>): string {
  const entries = Object.entries(metadata).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.toWellFormed() : value,
  ]);
  // Chroma refuses {}.
  return entries.length === 0 ? 'null' : JSON.stringify(Object.fromEntries(entries));
}

/** Little-endian float32, as Chroma's client packs them. */
/** Exact: of a shorter decimal number than the whole one a server may read another last bit. */
export function vectorJson(vector: Float32Array, base64: boolean): string {
  return base64 ? `"${base64Of(vector)}"` : JSON.stringify(Array.from(vector));
}

function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (let i = 0; i < vector.length; i++) bytes.writeFloatLE(vector[i] ?? 0, i * 4);
  return bytes.toString('base64');
}

function tooLarge(id: string, size: number, limit: number): IngestError {
  return new IngestError(
    'E406',
    `record ${id} cannot be stored in Chroma: it has ${size} of at most ${limit} bytes`,
    {
      kind: 'input',
      advice:
        'Smaller chunks (chunking.max_chars, or another strategy than whole) or less metadata make it fit.',
    },
  );
}
