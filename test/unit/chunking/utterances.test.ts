/** The `utterances` strategy: cut between what was said, and where its times come from. */
import { expect, it } from 'vitest';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { locateChunk } from '../../../src/chunking/locate-chunk.js';

const params = charParams({ max_chars: 300, min_chars: 50, overlap_chars: 40 });
const chunk = (lines: readonly string[]) => CHUNKERS.utterances.chunk(lines.join('\n'), params);
const line = (i: number, who = 'Ana'): string => `${who}: sentence number ${i} is about subject ${i * 7}.`;

it('every utterance is in one chunk, whole, in order, and nothing is repeated', () => {
  const lines = Array.from({ length: 80 }, (_, i) => line(i));
  const chunks = chunk(lines);
  expect(chunks.length).toBeGreaterThan(10);
  for (const { text } of chunks) expect(text.length).toBeLessThanOrEqual(300);
  expect(chunks.flatMap(({ text }) => text.split('\n'))).toEqual(lines);
  for (const { text, first_line, last_line } of chunks)
    expect(text).toBe(lines.slice(first_line - 1, last_line).join('\n'));
});

it('prefers to cut where another one begins to speak', () => {
  const turn = (who: string, from: number): string[] =>
    Array.from({ length: 4 }, (_, i) => line(from + i, who));
  const lines = Array.from({ length: 12 }, (_, i) => [
    ...turn(i % 2 === 0 ? 'Ana' : 'Ben', i * 4),
    '',
  ]).flat();
  const firsts = chunk(lines).map(({ first_line }) => first_line);
  expect(firsts.length).toBeGreaterThan(6);
  expect(firsts.filter((first) => first > 1 && lines[first - 2] !== '')).toEqual([]);
});

it('an utterance that is too large is cut by its sentences', () => {
  const long = `Ana: ${Array.from({ length: 30 }, (_, i) => `This is sentence ${i}.`).join(' ')}`;
  const chunks = chunk([line(1), long, line(2)]);
  expect(chunks.length).toBeGreaterThan(2);
  for (const { text } of chunks) expect(text.length).toBeLessThanOrEqual(300);
});

it('an edit of one utterance changes one chunk or two', () => {
  const lines = Array.from({ length: 200 }, (_, i) => line(i));
  const texts = (all: readonly string[]): string[] => chunk(all).map(({ text }) => text);
  const before = new Set(texts(lines));
  for (const at of [0, 57, 120, 199]) {
    const edited = lines.map((one, i) => (i === at ? `${one} Indeed.` : one));
    expect(texts(edited).filter((text) => !before.has(text)).length).toBeLessThanOrEqual(2);
  }
});

it('a chunk lasts from its first start to its latest end', () => {
  const place = {
    first_line: 1,
    line_ranges: [
      [3, 4],
      [6, 7],
      [9, 9],
    ] as const,
    times: [
      [1000, 9000],
      [2000, 3000],
      [9500, 9900],
    ] as const,
  };
  const of = (first_line: number, last_line: number) =>
    locateChunk({ text: '', first_line, last_line, heading_path: [] }, place);
  expect(of(1, 2)).toMatchObject({ line_start: 3, line_end: 7, time_start: 1000, time_end: 9000 });
  expect(of(3, 3)).toMatchObject({ line_start: 9, line_end: 9, time_start: 9500, time_end: 9900 });
});
