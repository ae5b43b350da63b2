/** Whether a canary found what it must: a record at its own distance among the best answers. */
import type { Space } from '../domain/manifest.js';

/** Zero vectors have no direction; they are not asked. */
export function isZero(vector: Float32Array): boolean {
  return vector.every((x) => x === 0);
}

/**
 * The best answer must lie within 1e-4 of the distance that the record has to itself, whatever its id:
 * duplicates are common. For cosine and l2 that distance is 0, for ip it is 1 - v.v; l2 and ip grow with
 * the square of the length, and so does the float error allowed.
 */
export function canaryPasses(vector: Float32Array, space: Space, bestDistance: number | undefined): boolean {
  if (bestDistance === undefined || !Number.isFinite(bestDistance)) return false;
  let square = 0;
  for (const x of vector) square += x * x;
  const own = space === 'ip' ? 1 - square : 0;
  const tolerance = space === 'cosine' ? 1e-4 : 1e-4 * Math.max(1, square);
  return bestDistance <= own + tolerance;
}

/** Of the canaries asked, so many may be missed. Damage misses nearly all of them. */
const MISSED_AT_MOST = 0.1;

/**
 * The verdict over all canaries, the fifty more included. A query that fails is damage. A miss alone is not:
 * an HNSW graph that sees deletes and inserts loses its way to a record in a thousand, and a healthy index
 * must not be called broken for it (the count of passed canaries still tells).
 */
export function isSearchable(asked: number, passed: number, broken: number): boolean {
  return broken === 0 && asked - passed <= asked * MISSED_AT_MOST;
}
