/**
 * The `markdown` strategy. Sections are the atoms of change: a chunk never crosses a heading, so an edit
 * in one section makes no new chunk in another. Within a section blocks are packed whole.
 *
 * A heading whose section has no text of its own gives no chunk, unless nothing stands below it either:
 * then its path alone is the chunk, because a changelog's or glossary's bare headings are information.
 */
import type { TextChunk } from '../domain/document.js';
import { CUT, type CutClass } from './atoms.js';
import type { ChunkParams } from './chunk-params.js';
import { type Block, type Heading, readBlocks } from './read-blocks.js';
import { renderSection, withHeadingPath } from './render-pieces.js';
import { SourceLines } from './source-lines.js';
import { AtomList } from './split-blocks.js';

interface Section {
  readonly heading: Heading | undefined;
  readonly path: readonly string[];
  readonly blocks: Block[];
}

/** `text` is normalised Markdown without front matter. */
export function chunkMarkdown(text: string, params: ChunkParams): TextChunk[] {
  const source = new SourceLines(text);
  const chunks: TextChunk[] = [];
  const above: Heading[] = [];
  let section: Section = { heading: undefined, path: [], blocks: [] };
  const close = (nextLevel: number) => {
    for (const chunk of chunkSection(source, section, nextLevel, params)) chunks.push(chunk);
  };
  for (const item of readBlocks(source)) {
    if (item.kind !== 'heading') {
      section.blocks.push(item);
      continue;
    }
    close(item.level);
    while ((above.at(-1)?.level ?? 0) >= item.level) above.pop();
    above.push(item);
    const path = above.map((heading) => heading.text).filter((title) => title !== '');
    section = { heading: item, path, blocks: [] };
  }
  close(0);
  return chunks;
}

function chunkSection(
  source: SourceLines,
  { heading, path, blocks }: Section,
  nextLevel: number,
  params: ChunkParams,
): TextChunk[] {
  const list = new AtomList(source, params);
  blocks.forEach((block, index) => {
    list.addBlock(block, cutBefore(source, blocks[index - 1], block), 0);
  });
  const chunks = renderSection(source, list.atoms, path, params);
  const isLeaf = heading !== undefined && nextLevel <= heading.level && heading.text !== '';
  if (chunks.length > 0 || !isLeaf) return chunks;
  const text = withHeadingPath(path, '');
  return [{ text, first_line: heading.start + 1, last_line: heading.end, heading_path: path }];
}

function cutBefore(source: SourceLines, before: Block | undefined, block: Block): CutClass {
  if (before !== undefined && (announces(source, before) || closes(source, block))) return CUT.announced;
  return block.kind === 'prose' || block.kind === 'lines' ? CUT.thought : CUT.belongs;
}

/** Ends in a colon, or opens a container (`::: tip`, `<div>`) that the next blocks stand in. */
function announces(source: SourceLines, block: Block): boolean {
  const last = source.line(block.end - 1).trimEnd();
  if (block.kind === 'lines') return last.startsWith('<') && !last.includes('</') && !last.endsWith('-->');
  if (last.startsWith(':::')) return last !== ':::';
  return last.endsWith(':') || last.endsWith('：');
}

/** Closes a container: belongs to what stands in it. */
function closes(source: SourceLines, block: Block): boolean {
  const first = source.line(block.start).trim();
  return first.startsWith('</') || first === ':::';
}
