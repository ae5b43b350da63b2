/**
 * The `code` strategy. A declaration that fits is never cut; small ones share a chunk. One that does not fit is
 * a section of its own, cut between what it declares, else by blank lines and indentation. In front of a chunk
 * stands the path of the declaration that it is or lies in.
 */
import type { TextChunk } from '../domain/document.js';
import { type Atom, CUT } from './atoms.js';
import type { ChunkParams } from './chunk-params.js';
import { addIndented } from './code/cut-indented.js';
import type { Declaration, Grammar } from './code/grammar.js';
import { renderSection } from './render-pieces.js';
import { SourceLines } from './source-lines.js';
import { AtomList } from './split-blocks.js';

/** What is larger, or has longer lines, was not written by hand: its declarations are not looked for. UTF-16 units. */
const MAX_GRAMMAR_TEXT = 500_000;
const MAX_GRAMMAR_LINE = 5_000;

/** `text` is normalised. Without a grammar: by blank lines and indentation. */
export function chunkCode(text: string, params: ChunkParams, grammar: Grammar | undefined): TextChunk[] {
  const source = new SourceLines(text);
  const declarations = grammar !== undefined && isHandwritten(source) ? grammar.outline(source) : [];
  const chunks: TextChunk[] = [];
  const file = { label: '', start: 0, end: source.count, children: declarations };
  addSection(source, file, [], params, chunks);
  return chunks;
}

function addSection(
  source: SourceLines,
  section: Declaration,
  path: readonly string[],
  params: ChunkParams,
  chunks: TextChunk[],
): void {
  let list = new AtomList(source, params);
  let labels = new Map<Atom, string>();
  const flush = (): void => {
    for (const chunk of renderSection(source, list.atoms, path, params, labels)) chunks.push(chunk);
    list = new AtomList(source, params);
    labels = new Map();
  };
  let line = section.start;
  for (const child of section.children) {
    addIndented(list, source, line, child.start, CUT.thought);
    line = child.end;
    if (list.fits(child.start, child.end)) {
      const afterBlank = child.start === 0 || source.isBlank(child.start - 1);
      list.addSpan(child.start, child.end, afterBlank ? CUT.thought : CUT.belongs);
      const atom = list.atoms.at(-1);
      if (atom !== undefined && child.label !== '') labels.set(atom, child.label);
    } else {
      flush();
      addSection(source, child, child.label === '' ? path : [...path, child.label], params, chunks);
    }
  }
  addIndented(list, source, line, section.end, CUT.thought);
  flush();
}

function isHandwritten(source: SourceLines): boolean {
  if (source.text.length > MAX_GRAMMAR_TEXT) return false;
  for (let line = 0; line < source.count; line++) {
    if (source.end(line) - source.start(line) > MAX_GRAMMAR_LINE) return false;
  }
  return true;
}
