/** A random sample of a collection's records, and what it says of all of them. */
import { sha256Hex } from '../domain/hashing.js';

const CONFIDENCE = 0.95;

export interface SampleBound {
  readonly confidence: number;
  /** With this confidence not more than this share of all records is affected. */
  readonly at_most_share: number;
  readonly at_most_records: number;
}

/**
 * Every item is chosen with the same probability, and equal seeds choose equal items: `wanted` of `total`, or all.
 * One walk, and nothing of what is not chosen is kept.
 */
export function* chooseSample<T>(
  items: Iterable<T>,
  { total, wanted, seed, id }: { total: number; wanted: number; seed: string; id: (item: T) => string },
): Generator<T> {
  let needed = Math.min(wanted, total);
  let left = total;
  for (const item of items) {
    if (needed <= 0) return;
    if (fraction(`${seed}:${id(item)}`) * left < needed) {
      needed--;
      yield item;
    }
    left--;
  }
}

/** From 0 up to, not including, 1. */
function fraction(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 13), 16) / 2 ** 52;
}

/** The exact (Clopper-Pearson) upper bound of a binomial share; with nothing found that is the rule of three. */
export function boundOfSample(checked: number, affected: number, total: number): SampleBound {
  const share = upperBound(checked, affected, total);
  return { confidence: CONFIDENCE, at_most_share: share, at_most_records: Math.ceil(share * total) };
}

function upperBound(checked: number, affected: number, total: number): number {
  if (total === 0) return 0;
  if (checked >= total) return affected / total;
  if (checked === 0 || affected >= checked) return 1;
  // The share at which so few would be found in one sample of twenty.
  let low = affected / checked;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(affected, checked, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

/** Of at most `k` hits in `n` draws. In logarithms: (1 - p)^n is too small to be written down otherwise. */
function probabilityOfAtMost(k: number, n: number, p: number): number {
  if (p >= 1) return 0;
  const odds = Math.log(p) - Math.log1p(-p);
  let log = n * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let i = 0; i < k; i++) {
    log += Math.log((n - i) / (i + 1)) + odds;
    sum += Math.exp(log);
  }
  return sum;
}
