import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { newTexts } from './random-documents.js';

const params = charParams({ max_chars: 300, min_chars: 50, overlap_chars: 0 });
const header = 'name,price,note';

function rows(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `item ${i},${i * 7},"says ""it"", and more ${i}"`);
}

describe('rows', () => {
  it('repeats the header in every chunk, and says which lines it holds', () => {
    const chunks = CHUNKERS.rows.chunk([header, ...rows(60)].join('\n'), params);
    expect(chunks.length).toBeGreaterThan(5);
    const kept = chunks.flatMap((chunk) => {
      expect(chunk.text.length).toBeLessThanOrEqual(300);
      const [first, ...others] = chunk.text.split('\n');
      expect(first).toBe(header);
      const from = chunk.first_line === 1 ? 2 : chunk.first_line;
      expect(others).toEqual(rows(60).slice(from - 2, chunk.last_line - 1));
      return others;
    });
    expect(kept).toEqual(rows(60));
  });

  it('a line break inside quotes does not end a row', () => {
    const row = (i: number): string => `item ${i},1,"first\nsecond line of ${i}\n\nlast"`;
    const table = [header, ...Array.from({ length: 12 }, (_, i) => row(i))].join('\n');
    const chunks = CHUNKERS.rows.chunk(table, params);
    expect(chunks.length).toBeGreaterThan(1);
    for (const chunk of chunks)
      expect(chunk.text).toMatch(/^name,price,note\nitem \d+,1,"first[\s\S]*last"$/);
    expect(chunks.at(-1)?.last_line).toBe(49);
  });

  it('a quote that is never closed swallows nothing', () => {
    const table = [header, 'a,5" disk,x', ...rows(40)].join('\n');
    expect(CHUNKERS.rows.chunk(table, params).length).toBeGreaterThan(4);
  });

  it('a row that is too large is cut, a header that is too large is not repeated', () => {
    for (const table of [
      `${header}\n${'word '.repeat(400)}`,
      `${'column,'.repeat(200)}\n${rows(20).join('\n')}`,
    ]) {
      for (const chunk of CHUNKERS.rows.chunk(table, params))
        expect(chunk.text.length).toBeLessThanOrEqual(300);
    }
  });

  it('an edit of a row makes few new chunks', () => {
    const row = fc.tuple(fc.nat(9_999), fc.lorem({ maxCount: 6 })).map(([n, text]) => `${n},${text},x`);
    fc.assert(
      fc.property(fc.array(row, { minLength: 100, maxLength: 200 }), fc.nat(), row, (table, at, other) => {
        const texts = (lines: readonly string[]): string[] =>
          CHUNKERS.rows.chunk([header, ...lines].join('\n'), params).map((chunk) => chunk.text);
        const before = texts(table);
        for (const remove of [0, 1]) {
          expect(
            newTexts(before, texts(table.toSpliced(at % table.length, remove, other))).length,
          ).toBeLessThanOrEqual(8);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a header alone is a chunk, nothing is none', () => {
    expect(CHUNKERS.rows.chunk(`\n${header}\n`, params)).toEqual([
      { text: header, first_line: 2, last_line: 2, heading_path: [] },
    ]);
    for (const empty of ['', '\n\n', ',,\n,,\n']) expect(CHUNKERS.rows.chunk(empty, params)).toEqual([]);
  });
});

describe('whole', () => {
  it('is one chunk, however large, without blank lines around it', () => {
    const text = `# A\n\n${'word '.repeat(5_000).trim()}\n\nlast`;
    expect(CHUNKERS.whole.chunk(`\n\n${text}\n\n`)).toEqual([
      { text, first_line: 3, last_line: 7, heading_path: [] },
    ]);
  });

  it('is none where there is nothing to embed', () => {
    for (const empty of ['', '\n', '---\n']) expect(CHUNKERS.whole.chunk(empty)).toEqual([]);
  });
});
