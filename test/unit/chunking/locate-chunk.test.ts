import { describe, expect, it } from 'vitest';
import { locateChunk } from '../../../src/chunking/locate-chunk.js';
import type { TextChunk } from '../../../src/domain/document.js';

const chunk = (first_line: number, last_line: number, ...heading_path: string[]): TextChunk => ({
  text: 'words',
  first_line,
  last_line,
  heading_path,
});

describe('a chunk is found', () => {
  it('by the lines of the file, where its text is the file', () => {
    expect(locateChunk(chunk(2, 4, 'A', 'B'), { first_line: 6 })).toEqual({
      line_start: 7,
      line_end: 9,
      heading_path: ['A', 'B'],
    });
  });

  it('by the lines behind its own, where its text was made from the file', () => {
    const line_ranges = [
      [10, 10],
      [30, 40],
      [20, 22],
      [50, 50],
    ] as const;
    const at = (first: number, last: number) =>
      locateChunk(chunk(first, last), { first_line: 1, line_ranges });
    expect(at(1, 1)).toMatchObject({ line_start: 10, line_end: 10 });
    expect(at(2, 3)).toMatchObject({ line_start: 20, line_end: 40 });
    expect(at(4, 4)).toMatchObject({ line_start: 50, line_end: 50 });
  });

  it('by its pages, which stand in front of its headings', () => {
    // Page 3 is blank.
    const text = { first_line: 1, page_starts: [1, 10, 20, 20] };
    const pages = (first: number, last: number) => locateChunk(chunk(first, last, 'A'), text).heading_path;
    expect(pages(1, 9)).toEqual(['page 1', 'A']);
    expect(pages(9, 10)).toEqual(['pages 1-2', 'A']);
    expect(pages(19, 20)).toEqual(['pages 2-4', 'A']);
    expect(pages(25, 30)).toEqual(['page 4', 'A']);
    expect(locateChunk(chunk(25, 30), text)).toMatchObject({ line_start: 25, line_end: 30 });
  });
});
