/** Where a chunk with overlap starts: in the running text before it, at the best boundary there is. */
import type { Atom } from './atoms.js';
import { isCharacterBoundary, isSpace } from './character-classes.js';
import { cutSentences } from './cut-sentences.js';

/**
 * Offset at most `overlap` code points before the atom at `first`: at an atom, else a sentence, else a
 * word, else a character. Code, tables and HTML are never torn for it.
 */
export function overlapStart(text: string, atoms: readonly Atom[], first: number, overlap: number): number {
  const head = atoms[first];
  if (head === undefined) return 0;
  if (overlap <= 0 || (head.wrap !== undefined && head.start > head.wrap.start)) return head.start;
  const earliest = pointsBefore(text, head.start, overlap);
  let start = head.start;
  let index = first - 1;
  for (let atom = atoms[index]; atom?.prose && atom.start >= earliest; atom = atoms[--index])
    start = atom.start;
  const torn = atoms[index];
  if (start < head.start || torn === undefined || !torn.prose) return start;
  return innerStart(text, torn, earliest) ?? head.start;
}

function innerStart(text: string, atom: Atom, earliest: number): number | undefined {
  for (const sentence of cutSentences(text, atom.start, atom.end)) if (sentence >= earliest) return sentence;
  for (let at = earliest; at < atom.end; at++) {
    if (isSpace(text.charCodeAt(at - 1)) && !isSpace(text.charCodeAt(at))) return at;
  }
  for (let at = earliest; at < atom.end; at++) if (isCharacterBoundary(text, at)) return at;
  return undefined;
}

/** Offset `points` code points before `from`, or 0. */
function pointsBefore(text: string, from: number, points: number): number {
  let at = from;
  for (let left = points; left > 0 && at > 0; left--) {
    at--;
    const unit = text.charCodeAt(at);
    const before = at > 0 ? text.charCodeAt(at - 1) : 0;
    if (unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff) at--;
  }
  return at;
}
