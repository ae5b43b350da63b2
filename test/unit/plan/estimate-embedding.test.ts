import { readFileSync } from 'node:fs';
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sha256Hex } from '../../../src/domain/hashing.js';
import { type EmbeddingPace, NO_RATE_LIMITS } from '../../../src/domain/ports/embedder.js';
import { estimateTokens } from '../../../src/domain/text.js';
import { estimateEmbedding, estimateUnread } from '../../../src/plan/estimate-embedding.js';
import { Scratch } from '../../../src/plan/scratch.js';

const ENGLISH = readFileSync(new URL('../../../docs/concepts.md', import.meta.url), 'utf8');
const CODE = readFileSync(new URL('../../../src/domain/text.ts', import.meta.url), 'utf8');
const CHINESE =
  '向量数据库把文本变成向量，并按距离检索。安装之前请先确认运行环境满足最低要求，然后按照下面的步骤完成配置。' +
  '如果索引与清单不一致，程序会列出缺失和多余的记录，并说明每一处变化的原因。';

const FAST: EmbeddingPace = { tokensPerSecond: 10, textsPerRequest: 4, limits: NO_RATE_LIMITS };

function estimate(
  texts: readonly string[],
  price: number | undefined,
  cached: readonly string[] = [],
  pace = FAST,
) {
  const scratch = new Scratch();
  onTestFinished(() => scratch.close());
  const cache = { has: () => new Set(cached.map(sha256Hex)), get: () => new Map() };
  const facts = { fingerprint: 'f', price, pace, cache };
  return estimateEmbedding(
    texts.map((text) => ({ text, text_sha256: sha256Hex(text) })),
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

  it('takes as long as the provider needs, and longer where a limit slows it down', () => {
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(40));
    expect(estimate(texts, 0).seconds).toBe(8);
    const limited = (requests: number | undefined, tokens: number | undefined) =>
      estimate(texts, 0, [], { ...FAST, limits: { requests, tokens } }).seconds;
    // Two requests of four texts; eighty tokens.
    expect(limited(1, undefined)).toBe(120);
    expect(limited(60, undefined)).toBe(8);
    expect(limited(undefined, 40)).toBe(120);
    expect(limited(1, 10)).toBe(480);
    expect(estimate(texts, 0, texts, { ...FAST, limits: { requests: 1, tokens: 1 } }).seconds).toBe(0);
  });

  it('makes of all documents together no less than the limits do', () => {
    const pace = { ...FAST, limits: { requests: 2, tokens: 50 } };
    const one = (text: string) => estimate([text], 0, [], pace).seconds ?? 0;
    const sum = ['a', 'b'.repeat(400), '三'.repeat(30)].reduce((seconds, text) => seconds + one(text), 0);
    expect(sum).toBeGreaterThanOrEqual((131 / 50) * 60);
  });
});

describe('estimateUnread', () => {
  const facts = {
    fingerprint: 'f',
    pace: FAST,
    cache: { has: () => new Set<string>(), get: () => new Map() },
  };

  it('knows neither length nor time of texts that nobody has read, but that nothing costs nothing', () => {
    expect(estimateUnread(3, 2, { ...facts, price: 0.02 })).toEqual({
      compute: 3,
      cached: 2,
      tokens: 0,
      cost: null,
      seconds: null,
    });
    expect(estimateUnread(3, 2, { ...facts, price: 0 }).cost).toBe(0);
    expect(estimateUnread(0, 2, { ...facts, price: undefined })).toMatchObject({ cost: 0, seconds: 0 });
  });
});

describe('estimateTokens', () => {
  it.each([
    ['Latin letters, digits and code', 'const a = 1;', 3],
    ['other alphabets', 'Привет, мир!', 5.25],
    ['Chinese, Japanese and Korean', '向量索引', 4],
    ['a mixture', 'abcd 向量', 3.25],
    ['nothing', '', 0],
  ])('%s', (_what, text, tokens) => {
    expect(estimateTokens(text)).toBe(Math.ceil(tokens));
  });

  it.each([
    ['English prose', ENGLISH, 0.9, 1.1],
    ['Chinese prose', CHINESE, 0.75, 1.25],
    ['code', CODE, 0.75, 1.25],
  ])('%s: near the count of the tokenizer of text-embedding-3', (_what, text, least, most) => {
    const ratio = estimateTokens(text) / countTokens(text);
    expect(ratio).toBeGreaterThan(least);
    expect(ratio).toBeLessThan(most);
  });
});
