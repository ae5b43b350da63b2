/**
 * The `utterances` strategy: what was said, one utterance a line, is cut between utterances, best where another one
 * begins to speak: there the transcript has a blank line. Nothing is repeated in front of a chunk.
 */
import type { TextChunk } from '../domain/document.js';
import { CUT } from './atoms.js';
import type { ChunkParams } from './chunk-params.js';
import { renderSection } from './render-pieces.js';
import { SourceLines } from './source-lines.js';
import { AtomList } from './split-blocks.js';

/** `text` is normalised. An utterance that is too large is cut by its sentences. */
export function chunkUtterances(text: string, params: ChunkParams): TextChunk[] {
  const source = new SourceLines(text);
  const list = new AtomList(source, params);
  let afterBlank = true;
  for (let line = 0; line < source.count; line++) {
    const blank = source.isBlank(line);
    if (!blank) list.addSpan(line, line + 1, afterBlank ? CUT.thought : CUT.line);
    afterBlank = blank;
  }
  return renderSection(source, list.atoms, [], params);
}
