import { describe, expect, it, onTestFinished } from 'vitest';
import { estimateEmbedding } from '../../../src/plan/estimate-embedding.js';
import { Scratch } from '../../../src/plan/scratch.js';

function estimate(texts: readonly string[], price: number | undefined, cached: readonly string[] = []) {
  const scratch = new Scratch();
  onTestFinished(() => scratch.close());
  const cache = { has: () => new Set(cached) };
  const facts = { fingerprint: 'f', price, cache };
  return estimateEmbedding(
    texts.map((text) => ({ text, text_sha256: text })),
    facts,
    scratch,
  );
}

describe('estimateEmbedding', () => {
  it('counts four Latin characters or one wide one a token, at the declared price', () => {
    expect(estimate(['abcdefgh', '向量'], 250_000)).toMatchObject({ compute: 2, tokens: 4, cost: 1 });
  });

  it('does not know the cost without a price, and nothing costs nothing', () => {
    expect(estimate(['abcd'], undefined).cost).toBeNull();
    expect(estimate(['abcd'], 0).cost).toBe(0);
    expect(estimate([], undefined).cost).toBe(0);
  });

  it('counts equal texts once, and what the cache holds not at all', () => {
    expect(estimate(['same', 'same', 'held'], 1, ['held'])).toMatchObject({
      compute: 1,
      cached: 2,
      tokens: 1,
    });
  });
});
