import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/domain/text.js';
import { mergeByKey } from '../../../src/plan/scan/merge-by-key.js';

async function merge(left: Iterable<string>, right: Iterable<string>): Promise<string[]> {
  const lines: string[] = [];
  const same = (key: string) => key;
  for await (const { key, left: l, right: r } of mergeByKey(left, same, right, same)) {
    lines.push(`${key}${l === undefined ? '' : ' left'}${r === undefined ? '' : ' right'}`);
  }
  return lines;
}

describe('mergeByKey', () => {
  it('gives every key once, with what each side has', async () => {
    expect(await merge(['a', 'b', 'd'], ['b', 'c'])).toEqual(['a left', 'b left right', 'c right', 'd left']);
  });

  it('merges with nothing on a side', async () => {
    expect(await merge([], ['a'])).toEqual(['a right']);
    expect(await merge(['a'], [])).toEqual(['a left']);
    expect(await merge([], [])).toEqual([]);
  });

  it.each([
    ['left', ['b', 'a'], ['c']],
    ['right', ['c'], ['a', 'a']],
    // Rising for JavaScript, falling for SQLite.
    ['left', ['\u{1f600}', '\uff5e'], []],
  ])('throws when the %s keys do not rise, instead of losing documents', async (side, left, right) => {
    await expect(merge(left, right)).rejects.toThrow(`keys of the ${side} sequence do not rise`);
  });

  it('ends both sides when its reader stops', async () => {
    const ended: string[] = [];
    function* endless(name: string): Generator<string> {
      try {
        for (let i = 0; ; i++) yield String(i).padStart(9, '0');
      } finally {
        ended.push(name);
      }
    }
    const same = (key: string) => key;
    for await (const { key } of mergeByKey(endless('left'), same, endless('right'), same)) {
      if (key.endsWith('3')) break;
    }
    expect(ended.sort()).toEqual(['left', 'right']);
  });

  it('is the ordered union of any two sets', async () => {
    const keys = fc
      .uniqueArray(fc.string({ unit: 'binary', maxLength: 4 }))
      .map((list) => list.filter((key) => key.isWellFormed()).sort(compareUtf8));
    await fc.assert(
      fc.asyncProperty(keys, keys, async (left, right) => {
        const expected = [...new Set([...left, ...right])].sort(compareUtf8);
        const found: string[] = [];
        const same = (key: string) => key;
        for await (const item of mergeByKey(left, same, right, same)) {
          found.push(item.key);
          expect(item.left !== undefined).toBe(left.includes(item.key));
          expect(item.right !== undefined).toBe(right.includes(item.key));
        }
        expect(found).toEqual(expected);
      }),
    );
  });
});
