import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignChunks } from '../../../src/diff/align-chunks.js';

const chunks = (texts: string) => [...texts].map((text_sha256) => ({ text_sha256 }));
const shown = (before: string, after: string) => {
  const { hunks, kept } = alignChunks(chunks(before), chunks(after));
  const text = (list: readonly { text_sha256: string }[]) => list.map((one) => one.text_sha256).join('');
  return { kept, hunks: hunks.map(({ removed, added }) => `-${text(removed)} +${text(added)}`) };
};

describe('chunks of two versions', () => {
  it.each([
    ['nothing changes', 'abc', 'abc', 3, []],
    ['one is edited', 'abc', 'axc', 2, ['-b +x']],
    ['two places are edited', 'abcd', 'xbcy', 2, ['-a +x', '-d +y']],
    ['one becomes two', 'abc', 'axyc', 2, ['-b +xy']],
    ['all are new', '', 'ab', 0, ['- +ab']],
    ['all are gone', 'ab', '', 0, ['-ab +']],
    ['two change places, and keep their text', 'abc', 'acb', 3, []],
    ['a repeated text loses one of its places', 'aba', 'ab', 2, ['-a +']],
    ['what came stands in order of the new version', 'ab', 'bxay', 2, ['- +x', '- +y']],
  ] as const)('%s', (_what, before, after, kept, hunks) => {
    expect(shown(before, after)).toEqual({ kept, hunks });
  });

  it('are each kept, removed or added, whatever they are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { hunks, kept } = alignChunks(chunks(before), chunks(after));
        const removed = hunks.flatMap((hunk) => hunk.removed);
        const added = hunks.flatMap((hunk) => hunk.added);
        expect(kept + removed.length).toBe(before.length);
        expect(kept + added.length).toBe(after.length);
        // What is both removed and added would be shown as a change that is none.
        const gone = new Set(removed.map((one) => one.text_sha256));
        expect(added.filter((one) => gone.has(one.text_sha256))).toEqual([]);
        expect(hunks.filter((hunk) => hunk.removed.length + hunk.added.length === 0)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
