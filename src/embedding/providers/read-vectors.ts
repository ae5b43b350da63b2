/** Reads vectors out of successful answers. Trusts nothing. */
import { ProviderError } from '../provider-error.js';

/**
 * {"data": [{"index": 0, "embedding": [...]}]}: vectors in the order of the request, joined by `index`. Only an answer
 * to a single text may lack it. @throws ProviderError bad-answer
 */
export function indexedVectors(body: string, count: number, normalise: boolean): Float32Array[] {
  const data = dataOf(body);
  if (data.length !== count) throw nonsense(`${data.length} vectors came back for ${count} texts`);
  const vectors = new Map<number, Float32Array>();
  for (const item of data) {
    if (!isObject(item)) throw nonsense('an item of "data" is not an object');
    const index = item['index'] ?? (count === 1 ? 0 : undefined);
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) {
      throw nonsense('an item of "data" has no usable "index"');
    }
    if (vectors.has(index)) throw nonsense(`index ${index} came back twice`);
    vectors.set(index, vectorOf(item['embedding'], normalise));
  }
  return Array.from({ length: count }, (_, index) => vectors.get(index) ?? new Float32Array());
}

/** A list of vectors in the order of the request, found by `find`. @throws ProviderError bad-answer */
export function orderedVectors(
  body: string,
  find: (parsed: Readonly<Record<string, unknown>>) => unknown,
  where: string,
  count: number,
  normalise: boolean,
): Float32Array[] {
  const parsed = parse(body);
  const found =
    typeof parsed === 'object' && parsed !== null ? find(parsed as Record<string, unknown>) : undefined;
  if (!Array.isArray(found)) throw nonsense(`${where} is not a list`);
  if (found.length !== count) throw nonsense(`${found.length} vectors came back for ${count} texts`);
  return found.map((value) => vectorOf(value, normalise));
}

function dataOf(body: string): unknown[] {
  const parsed = parse(body);
  const data = isObject(parsed) ? parsed['data'] : undefined;
  if (!Array.isArray(data)) throw nonsense('the answer has no list "data"');
  return data;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw nonsense('the answer is not JSON');
  }
}

function vectorOf(value: unknown, normalise: boolean): Float32Array {
  if (!Array.isArray(value)) throw nonsense('"embedding" is not a list of numbers');
  let squares = 0;
  for (const number of value) {
    if (typeof number !== 'number') throw nonsense('"embedding" holds something that is not a number');
    squares += number * number;
  }
  const scale = normalise && squares > 0 ? 1 / Math.sqrt(squares) : 1;
  return Float32Array.from(value, (number: number) => number * scale);
}

function nonsense(message: string): ProviderError {
  return new ProviderError('bad-answer', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
