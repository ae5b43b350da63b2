import { describe, expect, it } from 'vitest';
import { splitOrphans } from '../../../src/diff/split-orphans.js';

const ROWS = [
  { chunk_id: 'a', text_sha256: 'x' },
  { chunk_id: 'b', text_sha256: 'x' },
  { chunk_id: 'c', text_sha256: 'y' },
];
const orphan = (id: string, text_sha256: string) => ({ id, text_sha256 });

function ids(orphans: readonly ReturnType<typeof orphan>[], missing: readonly string[]) {
  const { duplicates, others } = splitOrphans(orphans, ROWS, new Set(missing));
  return { duplicates: duplicates.map((one) => one.id), others: others.map((one) => one.id) };
}

describe('splitOrphans', () => {
  it('takes a text that every recorded id still has for a duplicate, and any other for none', () => {
    expect(ids([orphan('1', 'x'), orphan('2', 'z'), orphan('3', '')], [])).toEqual({
      duplicates: ['1'],
      others: ['2', '3'],
    });
  });

  it('lets an orphan stand for a missing record of the same text, once for each', () => {
    expect(ids([orphan('1', 'x'), orphan('2', 'x'), orphan('3', 'y')], ['b'])).toEqual({
      duplicates: ['2', '3'],
      others: ['1'],
    });
  });

  it('knows no duplicate of a document that is not recorded', () => {
    expect(splitOrphans([orphan('1', 'x')], [], new Set()).duplicates).toEqual([]);
  });
});
