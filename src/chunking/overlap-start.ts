/** Where a chunk with overlap starts: in the running text before it, at the best boundary there is. */
import type { Atom } from './atoms.js';
import { isCharacterBoundary, isSpace } from './character-classes.js';
import type { ChunkParams } from './chunk-params.js';
import { cutSentences } from './cut-sentences.js';
import type { Measure } from './measure.js';

/**
 * Offset at most the overlap before the atom at `first`: at an atom, else a sentence, else a
 * word, else a character. Code, tables and HTML are never torn for it.
 */
export function overlapStart(
  text: string,
  atoms: readonly Atom[],
  first: number,
  { overlap, measure }: Pick<ChunkParams, 'overlap' | 'measure'>,
): number {
  const head = atoms[first];
  if (head === undefined) return 0;
  if (overlap <= 0 || (head.wrap !== undefined && head.start > head.wrap.start)) return head.start;
  if (measure.additive) return startFrom(text, atoms, first, pointsBefore(text, head.start, overlap));
  let start = startFrom(text, atoms, first, sizeBefore(text, head.start, overlap, measure));
  // A word at the beginning may be more tokens than it was behind a space.
  while (start < head.start && measure.size(text.slice(start, head.start)) > overlap) {
    start = startFrom(text, atoms, first, start + 1);
  }
  return start;
}

function startFrom(text: string, atoms: readonly Atom[], first: number, earliest: number): number {
  const end = atoms[first]?.start ?? 0;
  let start = end;
  let index = first - 1;
  for (let atom = atoms[index]; atom?.prose && atom.start >= earliest; atom = atoms[--index])
    start = atom.start;
  const torn = atoms[index];
  if (start < end || torn === undefined || !torn.prose) return start;
  return innerStart(text, torn, earliest) ?? end;
}

function innerStart(text: string, atom: Atom, earliest: number): number | undefined {
  for (const sentence of cutSentences(text, atom.start, atom.end)) if (sentence >= earliest) return sentence;
  for (let at = earliest; at < atom.end; at++) {
    if (isSpace(text.charCodeAt(at - 1)) && !isSpace(text.charCodeAt(at))) return at;
  }
  for (let at = earliest; at < atom.end; at++) if (isCharacterBoundary(text, at)) return at;
  return undefined;
}

/** Offset from which the text up to `from` measures at most `size`, found by halving. */
function sizeBefore(text: string, from: number, size: number, measure: Measure): number {
  // Further back than any tokenizer's usual token reaches.
  let low = Math.max(0, from - size * 16);
  let high = from;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (measure.size(text.slice(middle, from)) <= size) high = middle;
    else low = middle + 1;
  }
  const unit = text.charCodeAt(high);
  return unit >= 0xdc00 && unit <= 0xdfff && high < from ? high + 1 : high;
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
