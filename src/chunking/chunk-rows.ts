/**
 * The `rows` strategy: a table of delimited values is cut between its rows, and each chunk repeats the header.
 * Rows are found by their quotes alone, so the delimiter need not be known.
 */
import type { TextChunk } from '../domain/document.js';
import type { ChunkParams } from './chunk-params.js';
import { renderSection } from './render-pieces.js';
import { SourceLines } from './source-lines.js';
import { AtomList } from './split-blocks.js';

const QUOTE = 0x22;
const DELIMITERS = ',;\t|';
/** A value of more lines was never closed: looking further from every row would take the square of the time. */
const MAX_ROW_LINES = 1_000;

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
    let open = quoteIsOpen(source, line, false);
    while (open && end < source.count && end - line < MAX_ROW_LINES) open = quoteIsOpen(source, end++, true);
    // A quote that is never closed is no quote: tables whose values hold inches or feet.
    if (open) end = line + 1;
    rows.push({ start: line, end });
    line = end - 1;
  }
  return rows;
}

/** Whether a quoted value goes on behind this line. A quote inside a value without quotes opens nothing. */
function quoteIsOpen(source: SourceLines, line: number, wasOpen: boolean): boolean {
  const { text } = source;
  const start = source.start(line);
  let open = wasOpen;
  for (let at = start; at < source.end(line); at++) {
    if (text.charCodeAt(at) !== QUOTE) continue;
    if (open && text.charCodeAt(at + 1) === QUOTE) at++;
    else if (open) open = false;
    else open = at === start || DELIMITERS.includes(text[at - 1] ?? '');
  }
  return open;
}
