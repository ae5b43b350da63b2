/** The text of a piece: a slice of the source, with what a torn fence or table repeats. */
import type { Atom } from './atoms.js';
import { isSpace } from './character-classes.js';

/** Atoms from `first` to `last`, inclusive. */
export interface PieceRange {
  readonly first: number;
  readonly last: number;
}

/** `start` is the piece's first character, or earlier where it overlaps. */
export function pieceText(text: string, atoms: readonly Atom[], piece: PieceRange, start: number): string {
  return closeTorn(text.slice(start, pieceEnd(text, atoms, piece)), atoms, piece);
}

/** Behind the last character that is not white space. */
export function pieceEnd(text: string, atoms: readonly Atom[], piece: PieceRange): number {
  const start = atoms[piece.first]?.start ?? 0;
  let last = atoms[piece.last]?.end ?? start;
  while (last > start && isSpace(text.charCodeAt(last - 1))) last--;
  return last;
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
