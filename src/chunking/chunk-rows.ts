/**
 * The `rows` strategy: a table of delimited values is cut between its rows, and each chunk repeats the header.
 * Rows are found by their quotes alone, so the delimiter need not be known.
 */
import type { TextChunk } from '../domain/document.js';
import type { ChunkParams } from './chunk-params.js';
import { renderSection } from './render-pieces.js';
import { SourceLines } from './source-lines.js';
import { AtomList } from './split-blocks.js';

/** `text` is normalised; its first row that is not blank is the header. */
export function chunkRows(text: string, params: ChunkParams): TextChunk[] {
  const source = new SourceLines(text);
  const list = new AtomList(source, params);
  list.addRows(readRows(source));
  return renderSection(source, list.atoms, [], params);
}

/** First and last line (exclusive) of each row. A line break inside quotes does not end one. */
function readRows(source: SourceLines): { start: number; end: number }[] {
  const rows: { start: number; end: number }[] = [];
  for (let line = 0; line < source.count; line++) {
    if (source.isBlank(line)) continue;
    let end = line + 1;
    let open = oddQuotes(source, line);
    while (open && end < source.count) open = open !== oddQuotes(source, end++);
    // A quote that is never closed is no quote: tables whose cells hold inches or feet.
    if (open) end = line + 1;
    rows.push({ start: line, end });
    line = end - 1;
  }
  return rows;
}

function oddQuotes(source: SourceLines, line: number): boolean {
  let odd = false;
  for (let at = source.start(line); at < source.end(line); at++) {
    if (source.text.charCodeAt(at) === 0x22) odd = !odd;
  }
  return odd;
}
