/**
 * Compares vectors as Chroma gives them back with those that were embedded. A kill in the middle of a flush may leave
 * vectors unreadable, or readable and wrong; and somebody may have written others. Only those that the cache still
 * has can be compared.
 */
import { IngestError } from '../../domain/errors.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';

/** By text_sha256, of the model that the collection was embedded with. */
export type CachedVectors = (textShas: readonly string[]) => ReadonlyMap<string, Float32Array>;

/** Vectors of one question; a page of a thousand vectors of 3,072 numbers is some 40 MB of JSON. */
export const VECTOR_SLICE = 500;

/**
 * Ids of recorded records whose vector is another than the one that was embedded. `broken`: Chroma fails to give them
 * back. @throws IngestError E401 when it cannot be reached
 */
export async function wrongVectors(
  collection: LiveCollection,
  state: StateReader,
  ids: readonly string[],
  cached: CachedVectors,
): Promise<ReadonlySet<string> | 'broken'> {
  const vectors = await readVectors(collection, ids);
  if (vectors === 'broken') return 'broken';
  const textOf = new Map<string, string>();
  for (const id of vectors.keys()) {
    const row = state.chunk(collection.id, id);
    if (row !== undefined) textOf.set(id, row.text_sha256);
  }
  const embedded = cached([...new Set(textOf.values())]);
  const wrong = new Set<string>();
  for (const [id, text] of textOf) {
    const vector = vectors.get(id);
    const own = embedded.get(text);
    if (vector !== undefined && own !== undefined && !isSame(vector, own)) wrong.add(id);
  }
  return wrong;
}

export async function readVectors(
  collection: LiveCollection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Float32Array> | 'broken'> {
  try {
    return await collection.vectors(ids);
  } catch (error) {
    // Only Chroma's own failure to read them; one that cannot be reached says nothing of the index.
    if (error instanceof IngestError && error.code === 'E411') return 'broken';
    throw error;
  }
}

/** Of the squared length: far above what rounding and another run of the same model make, far below a wrong vector. */
const TOLERANCE = 1e-3;

/** Chroma gives vectors of a cosine collection back with length one, so the directions are compared, and else both. */
function isSame(live: Float32Array, own: Float32Array): boolean {
  if (live.length !== own.length) return false;
  const lengthLive = lengthOf(live);
  const lengthOwn = lengthOf(own);
  if (lengthOwn === 0 || lengthLive === 0) return lengthOwn === lengthLive;
  // One of length one may have been made so; any other was stored as it is.
  const made = Math.abs(lengthLive - 1) < 1e-3;
  const scale = made ? lengthLive / lengthOwn : 1;
  let square = 0;
  for (let i = 0; i < own.length; i++) square += ((live[i] ?? 0) - (own[i] ?? 0) * scale) ** 2;
  return square <= TOLERANCE * (lengthOwn * scale) ** 2;
}

function lengthOf(vector: Float32Array): number {
  let square = 0;
  for (const x of vector) square += x * x;
  return Math.sqrt(square);
}
