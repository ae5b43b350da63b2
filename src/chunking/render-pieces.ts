/** Pieces to chunks: their text with the heading path in front, and their lines. */
import type { TextChunk } from '../domain/document.js';
import type { Atom } from './atoms.js';
import { hasToken } from './character-classes.js';
import { choosePieces } from './choose-cuts.js';
import type { ChunkParams } from './chunk-params.js';
import { overlapStart } from './overlap-start.js';
import type { PieceRange } from './piece-text.js';
import { pieceEnd, pieceText } from './piece-text.js';
import type { SourceLines } from './source-lines.js';

/**
 * Chunks of one section. Pieces without a token (rules, brackets) are left out. A piece that is mostly one atom
 * with a label, and holds no other, has it at the end of its path.
 */
export function renderSection(
  source: SourceLines,
  atoms: readonly Atom[],
  headingPath: readonly string[],
  params: ChunkParams,
  labels?: ReadonlyMap<Atom, string>,
): TextChunk[] {
  const chunks: TextChunk[] = [];
  const pieces = choosePieces(source.text, atoms, params);
  pieces.forEach((piece, index) => {
    const head = atoms[piece.first];
    if (head === undefined) return;
    const end = pieceEnd(source.text, atoms, piece);
    if (!hasToken(source.text.slice(head.start, end))) return;
    const start = index === 0 ? head.start : overlapStart(source.text, atoms, piece.first, params);
    const label = labels && labelOf(atoms, piece, labels);
    const path = label === undefined ? headingPath : [...headingPath, label];
    chunks.push({
      text: withHeadingPath(path, pieceText(source.text, atoms, piece, start)),
      first_line: source.lineAt(head.start) + 1,
      last_line: source.lineAt(end - 1) + 1,
      heading_path: path,
    });
  });
  return chunks;
}

function labelOf(
  atoms: readonly Atom[],
  { first, last }: PieceRange,
  labels: ReadonlyMap<Atom, string>,
): string | undefined {
  let found: string | undefined;
  let labelled = 0;
  let all = 0;
  for (const atom of atoms.slice(first, last + 1)) {
    const label = labels.get(atom);
    all += atom.size;
    if (label === undefined) continue;
    if (found !== undefined) return undefined;
    found = label;
    labelled = atom.size;
  }
  return labelled * 2 > all ? found : undefined;
}

/** `A > B`, a blank line, the body; a section without a path is its body, one without a body its path. */
export function withHeadingPath(headingPath: readonly string[], body: string): string {
  const path = headingPath.join(' > ');
  if (path === '' || body === '') return path + body;
  return `${path}\n\n${body}`;
}
