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

/** What search answered to one stored vector. */
export interface CanaryAnswer {
  readonly vector: Float32Array;
  /** Distance of the best answer; undefined without an answer. */
  readonly best: number | undefined;
  readonly hits: number;
}

/**
 * Canaries that were missed as only a damaged index misses them. Among many almost equal records a healthy graph
 * gives neighbours as near as it likes instead of the record itself: that is no damage. Damage gives no answers, or
 * few, or such as are farther away than records that are known to be there: the other canaries.
 */
export function countLost(
  answers: readonly CanaryAnswer[],
  space: Space,
  asked: { readonly wanted: number; readonly exhaustive: boolean },
): number {
  return answers.filter(({ vector, best, hits }) => {
    if (canaryPasses(vector, space, best)) return false;
    if (best === undefined || !Number.isFinite(best)) return true;
    // Everything was asked for, and it was not there.
    if (asked.exhaustive || hits < asked.wanted / 2) return true;
    return answers.some((other) => other.vector !== vector && distance(vector, other.vector, space) < best);
  }).length;
}

/** As Chroma measures: l2 is squared. */
function distance(a: Float32Array, b: Float32Array, space: Space): number {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  a.forEach((x, i) => {
    const y = b[i] ?? 0;
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  });
  if (space === 'ip') return 1 - dot;
  return space === 'l2' ? squareA + squareB - 2 * dot : 1 - dot / Math.sqrt(squareA * squareB);
}

/** Of the canaries asked, so many may be lost. Damage loses nearly all of them. */
const LOST_AT_MOST = 0.1;

/**
 * The verdict over all canaries, the fifty more included. A query that fails is damage. One lost alone is not:
 * an HNSW graph that sees deletes and inserts loses its way to a record in a thousand, and a healthy index
 * must not be called broken for it (the count of passed canaries still tells).
 */
export function isSearchable(asked: number, lost: number, broken: number): boolean {
  return broken === 0 && lost <= asked * LOST_AT_MOST;
}
