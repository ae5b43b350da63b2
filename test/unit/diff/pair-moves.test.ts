import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairMoves } from '../../../src/diff/pair-moves.js';

function pairs(losses: readonly string[], creates: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairMoves(losses, creates));
}

describe('pairMoves', () => {
  it('pairs a renamed folder file by file, by base name', () => {
    expect(pairs(['old/a.md', 'old/b.md'], ['new/b.md', 'new/a.md'])).toEqual({
      'new/a.md': 'old/a.md',
      'new/b.md': 'old/b.md',
    });
  });

  it('prefers an equal base name to the order of uris', () => {
    expect(pairs(['a/x.md', 'b/keep.md'], ['c/keep.md', 'd/y.md'])).toEqual({
      'c/keep.md': 'b/keep.md',
      'd/y.md': 'a/x.md',
    });
  });

  it('pairs the rest in uri order', () => {
    expect(pairs(['h/3', 'h/1', 'h/2'], ['h/b', 'h/a'])).toEqual({ 'h/a': 'h/1', 'h/b': 'h/2' });
  });

  it('orders by UTF-8 bytes, as everything does: astral characters last', () => {
    expect(pairs(['h/\u{1f600}', 'h/\uff5e'], ['h/new'])).toEqual({ 'h/new': 'h/\uff5e' });
  });

  it('takes several files of one name in order, and leaves the surplus alone', () => {
    expect(pairs(['a/i.md', 'b/i.md', 'c/i.md'], ['z/i.md', 'y/i.md'])).toEqual({
      'y/i.md': 'a/i.md',
      'z/i.md': 'b/i.md',
    });
  });

  it('uses every uri at most once, and as many as there are pairs', () => {
    const uris = (prefix: string) =>
      fc.uniqueArray(
        fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(5)).map(([dir, n]) => `${prefix}/${dir}/${n}`),
      );
    fc.assert(
      fc.property(uris('old'), uris('new'), (losses, creates) => {
        const found = pairMoves(losses, creates);
        expect(found.size).toBe(Math.min(losses.length, creates.length));
        expect(new Set(found.values()).size).toBe(found.size);
        for (const [to, from] of found) {
          expect(creates).toContain(to);
          expect(losses).toContain(from);
        }
        // The same whatever order they come in.
        expect(pairMoves([...losses].reverse(), [...creates].reverse())).toEqual(found);
      }),
    );
  });
});
