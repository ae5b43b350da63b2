/** Pieces to chunks: a slice of the source, the heading path in front, torn fences and tables closed. */
import type { TextChunk } from '../domain/document.js';
import type { Atom } from './atoms.js';
import { hasToken, isSpace } from './character-classes.js';
import { choosePieces, type PieceRange } from './choose-cuts.js';
import type { ChunkParams } from './chunk-params.js';
import { overlapStart } from './overlap-start.js';
import type { SourceLines } from './source-lines.js';

/** Chunks of one section. Pieces without a token (rules, brackets) are left out. */
export function renderSection(
  source: SourceLines,
  atoms: readonly Atom[],
  headingPath: readonly string[],
  params: ChunkParams,
): TextChunk[] {
  const chunks: TextChunk[] = [];
  const pieces = choosePieces(atoms, { max: params.max_chars, min: params.min_chars });
  pieces.forEach((piece, index) => {
    const head = atoms[piece.first];
    const tail = atoms[piece.last];
    if (head === undefined || tail === undefined) return;
    const end = behindLastCharacter(source.text, head.start, tail.end);
    if (!hasToken(source.text.slice(head.start, end))) return;
    const start =
      index === 0 ? head.start : overlapStart(source.text, atoms, piece.first, params.overlap_chars);
    chunks.push({
      text: withHeadingPath(headingPath, closeTorn(source.text.slice(start, end), atoms, piece)),
      first_line: source.lineAt(head.start) + 1,
      last_line: source.lineAt(end - 1) + 1,
      heading_path: headingPath,
    });
  });
  return chunks;
}

/** `A > B`, a blank line, the body; a section without a path is its body, one without a body its path. */
export function withHeadingPath(headingPath: readonly string[], body: string): string {
  const path = headingPath.join(' > ');
  if (path === '' || body === '') return path + body;
  return `${path}\n\n${body}`;
}

function closeTorn(body: string, atoms: readonly Atom[], piece: PieceRange): string {
  const head = atoms[piece.first];
  const tail = atoms[piece.last];
  let text = body;
  if (head?.wrap !== undefined && head.start > head.wrap.start) text = `${head.wrap.open}\n${text}`;
  if (tail?.wrap !== undefined && tail.end < tail.wrap.end && tail.wrap.close !== '') {
    text = `${text}\n${tail.wrap.close}`;
  }
  return text;
}

function behindLastCharacter(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && isSpace(text.charCodeAt(last - 1))) last--;
  return last;
}
