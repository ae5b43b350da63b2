/** Where a reader finds a chunk in the file: its lines, and behind the page for what has pages. Pure. */
import type { ParsedText, TextChunk } from '../domain/document.js';

export interface ChunkPlace {
  readonly line_start: number;
  readonly line_end: number;
  readonly heading_path: readonly string[];
  /** Of what was said: when, in milliseconds. */
  readonly time_start?: number;
  readonly time_end?: number;
}

/**
 * Pages are named in the path that is shown, and not in the text: another page in front must not give new texts, and
 * new embeddings, to all that follow.
 */
export function locateChunk(
  chunk: TextChunk,
  text: Pick<ParsedText, 'first_line' | 'line_ranges' | 'page_starts' | 'times'>,
): ChunkPlace {
  const { first_line, line_ranges, page_starts } = text;
  const pages = page_starts === undefined ? [] : [pageName(chunk, page_starts)];
  const heading_path = [...pages, ...chunk.heading_path];
  if (line_ranges === undefined) {
    const before = first_line - 1;
    return { line_start: chunk.first_line + before, line_end: chunk.last_line + before, heading_path };
  }
  // Blocks of a text need not stand in the file in its order: a table's caption, for one.
  let line_start = Number.POSITIVE_INFINITY;
  let line_end = 1;
  for (const [first, last] of line_ranges.slice(chunk.first_line - 1, chunk.last_line)) {
    line_start = Math.min(line_start, first);
    line_end = Math.max(line_end, last);
  }
  return {
    line_start: Math.min(line_start, line_end),
    line_end,
    heading_path,
    ...timesOf(chunk, text.times),
  };
}

/** Somebody may still be speaking when the last one has finished. */
function timesOf(chunk: TextChunk, times: ParsedText['times']): Pick<ChunkPlace, 'time_start' | 'time_end'> {
  const own = times?.slice(chunk.first_line - 1, chunk.last_line) ?? [];
  if (own.length === 0) return {};
  let [[time_start, time_end] = [0, 0]] = own;
  for (const [start, end] of own) {
    time_start = Math.min(time_start, start);
    time_end = Math.max(time_end, end);
  }
  return { time_start, time_end };
}

function pageName(chunk: TextChunk, starts: readonly number[]): string {
  const first = pageOf(chunk.first_line, starts);
  const last = pageOf(chunk.last_line, starts);
  return first === last ? `page ${first}` : `pages ${first}-${last}`;
}

/** The last page that starts at or before this line, from 1. */
function pageOf(line: number, starts: readonly number[]): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= line) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}
