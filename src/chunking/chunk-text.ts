/** The `text` strategy: paragraphs, then lines, sentences, words and characters as far as size demands. */
import type { TextChunk } from '../domain/document.js';
import { CUT } from './atoms.js';
import type { ChunkParams } from './chunk-params.js';
import { renderSection } from './render-pieces.js';
import { SourceLines } from './source-lines.js';
import { AtomList } from './split-blocks.js';

/** `text` is normalised. The whole document is one section without a heading path. */
export function chunkText(text: string, params: ChunkParams): TextChunk[] {
  const source = new SourceLines(text);
  const list = new AtomList(source, params);
  let line = 0;
  while (line < source.count) {
    if (source.isBlank(line)) {
      line++;
      continue;
    }
    const start = line;
    while (line < source.count && !source.isBlank(line)) line++;
    list.addBlock({ kind: 'text', start, end: line, children: [], markup: '' }, CUT.thought, 0);
  }
  return renderSection(source, list.atoms, [], params);
}
