/** Checks of what a provider answered, before anything is stored. Pure. */
import { ProviderError } from './provider-error.js';

/**
 * The right number of vectors, all of one dimension (the expected one, where it is known), finite as
 * float32, and not all zero: a zero vector cannot be searched.
 * @throws ProviderError bad-answer
 */
export function checkVectors(
  vectors: readonly Float32Array[],
  count: number,
  expected: number | undefined,
): void {
  if (vectors.length !== count) throw wrong(`${vectors.length} vectors came back for ${count} texts`);
  const dimensions = expected ?? vectors[0]?.length ?? 0;
  for (const vector of vectors) {
    if (vector.length === 0) throw wrong('an empty vector came back');
    if (vector.length !== dimensions) {
      throw wrong(`a vector has ${vector.length} dimensions where ${dimensions} were expected`);
    }
    let zero = true;
    for (const value of vector) {
      if (!Number.isFinite(value)) throw wrong('a vector holds a number that is not finite');
      if (value !== 0) zero = false;
    }
    if (zero) throw wrong('a vector is all zeros');
  }
}

function wrong(message: string): ProviderError {
  return new ProviderError('bad-answer', message);
}
