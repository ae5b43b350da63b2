/** The `whole` strategy: a document is one chunk, whatever its size; who cannot embed it says so. */
import type { TextChunk } from '../domain/document.js';
import { hasToken } from './character-classes.js';
import { SourceLines } from './source-lines.js';

/** `text` is normalised; blank lines at both ends are left out. */
export function chunkWhole(text: string): TextChunk[] {
  const source = new SourceLines(text);
  let first = 0;
  let last = source.count - 1;
  while (first < last && source.isBlank(first)) first++;
  while (last > first && source.isBlank(last)) last--;
  const body = source.text.slice(source.start(first), source.end(last));
  if (!hasToken(body)) return [];
  return [{ text: body, first_line: first + 1, last_line: last + 1, heading_path: [] }];
}
