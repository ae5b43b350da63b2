import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BaseChunk, diffChunks } from '../../../src/diff/diff-chunks.js';
import { chunk } from './documents.js';

function held(text: string, more: Partial<BaseChunk> = {}): BaseChunk {
  const { id, metadata_sha256 } = chunk(text);
  return { id, metadata_sha256, text_intact: true, ...more };
}

describe('diffChunks', () => {
  it('joins by id, so that order means nothing', () => {
    const diff = diffChunks([chunk('a'), chunk('b')], [held('b'), held('a')], false);
    expect(diff).toEqual({ put: [], keep: [chunk('a'), chunk('b')], patch: [], remove: [] });
  });

  it('patches a kept chunk whose metadata differs', () => {
    const diff = diffChunks([chunk('a', { t: 1 }), chunk('b')], [held('a'), held('b')], false);
    expect(diff.patch).toEqual([chunk('a', { t: 1 })]);
    expect(diff.keep).toHaveLength(2);
  });

  it('puts again what is there with another text, instead of patching it', () => {
    const diff = diffChunks([chunk('a')], [held('a', { text_intact: false })], false);
    expect(diff).toEqual({ put: [chunk('a')], keep: [], patch: [], remove: [] });
  });

  it('puts everything when forced, and still removes what is obsolete', () => {
    const diff = diffChunks([chunk('a')], [held('a'), held('x')], true);
    expect(diff).toEqual({ put: [chunk('a')], keep: [], patch: [], remove: [held('x').id] });
  });

  it('accounts for every desired and every existing chunk exactly once', () => {
    const texts = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
    fc.assert(
      fc.property(texts, texts, fc.boolean(), (desired, base, force) => {
        const diff = diffChunks(
          desired.map((text) => chunk(text)),
          base.map((text) => held(text)),
          force,
        );
        const ids = (list: readonly string[]) => list.map((text) => chunk(text).id).sort();
        expect([...diff.put, ...diff.keep].map((c) => c.id).sort()).toEqual(ids(desired));
        expect(diff.remove).toEqual(ids(base.filter((text) => !desired.includes(text))));
        expect(diff.keep).toHaveLength(force ? 0 : desired.filter((text) => base.includes(text)).length);
      }),
    );
  });
});
