/**
 * Content-defined boundaries: which of the possible cuts are made depends on the text nearby, never on a
 * count from the start. After an edit the boundaries agree again within a few blocks, so the rest of a
 * document keeps its chunks and their vectors.
 *
 * Long sections are cut at local minima: a boundary that no other within a radius beats. What is still
 * too large is halved at its best boundary until it fits.
 */
import { type Atom, CUT, rankOf } from './atoms.js';
import type { ChunkParams } from './chunk-params.js';
import { type PieceRange, pieceText } from './piece-text.js';

type PieceLimits = Pick<ChunkParams, 'max' | 'min' | 'measure'>;

/** Radius of the local minima as a share of max: the mean piece is about twice that. */
const RADIUS = 0.45;
const NEVER = rankOf(CUT.never, 0);

/** Pieces of one section's atoms, in order and without gaps. Linear but for a logarithm. */
export function choosePieces(text: string, atoms: readonly Atom[], limits: PieceLimits): PieceRange[] {
  const measure = new PieceSizes(text, atoms, limits);
  const pieces: PieceRange[] = [];
  const last = atoms.length - 1;
  if (last < 0) return pieces;
  if (measure.fits(0, last)) return [{ first: 0, last }];
  let first = 0;
  for (const cut of [...localMinima(atoms, measure, limits), atoms.length]) {
    halve(atoms, measure, limits, first, cut - 1, pieces);
    first = cut;
  }
  return joinSmall(measure, limits, pieces);
}

/** Sizes of pieces in constant time, as sums of their atoms' sizes. */
class PieceSizes {
  readonly #text: string;
  readonly #atoms: readonly Atom[];
  readonly #limits: PieceLimits;
  readonly starts: Float64Array;
  readonly ends: Float64Array;

  constructor(text: string, atoms: readonly Atom[], limits: PieceLimits) {
    this.#text = text;
    this.#atoms = atoms;
    this.#limits = limits;
    const gaps = new Map<string, number>(); // white space: few different ones
    const gapSize = (gap: string): number => {
      const known = gaps.get(gap);
      if (known !== undefined) return known;
      const size = limits.measure.size(gap);
      gaps.set(gap, size);
      return size;
    };
    this.starts = new Float64Array(atoms.length);
    this.ends = new Float64Array(atoms.length);
    let at = 0;
    let end = atoms[0]?.start ?? 0;
    atoms.forEach((atom, index) => {
      at += gapSize(text.slice(end, atom.start));
      this.starts[index] = at;
      at += atom.size;
      this.ends[index] = at;
      end = atom.end;
    });
  }

  start(index: number): number {
    return this.starts[index] ?? 0;
  }

  /** Whether a piece is at most max; where sizes do not add up, by the text that is stored. */
  fits(first: number, last: number): boolean {
    const { max, measure } = this.#limits;
    if (this.size(first, last) > max) return false;
    if (measure.additive) return true;
    const start = this.#atoms[first]?.start ?? 0;
    return measure.size(pieceText(this.#text, this.#atoms, { first, last }, start)) <= max;
  }

  /** With the lines that a part of a fence or table repeats. */
  size(first: number, last: number): number {
    const head = this.#atoms[first];
    const tail = this.#atoms[last];
    let size = (this.ends[last] ?? 0) - this.start(first);
    if (head === undefined || tail === undefined) return size;
    const tornHead = head.wrap !== undefined && (head.start > head.wrap.start || tail.end < head.wrap.end);
    if (tornHead) size += head.wrap?.cost ?? 0;
    if (tail.wrap !== undefined && tail.wrap !== head.wrap && tail.end < tail.wrap.end)
      size += tail.wrap.cost;
    return size;
  }
}

/** Indices of atoms in front of which a cut is made, rising. */
function localMinima(atoms: readonly Atom[], measure: PieceSizes, limits: PieceLimits): number[] {
  const count = atoms.length;
  const total = measure.ends[count - 1] ?? 0;
  // Up to two pieces' worth, halving alone decides: it leaves no small middle piece.
  if (total <= 2 * limits.max) return [];
  const radius = Math.max(limits.min, Math.floor(limits.max * RADIUS));
  const lowest = lowestAhead(atoms, measure, radius);
  const cuts: number[] = [];
  // Rising ranks of the boundaries up to `radius` behind: the first is the lowest of them.
  const behind: number[] = [];
  let head = 0;
  let previous = 0; // the section's start is as good as a cut
  for (let index = 1; index < count; index++) {
    const at = measure.start(index);
    const rank = atoms[index]?.rank ?? 0;
    while (head < behind.length && at - measure.start(behind[head] ?? 0) >= radius) head++;
    const best = atoms[behind[head] ?? -1]?.rank ?? Infinity;
    // Of equal ranks, in a run of equal blocks, the first that is far enough from the last cut.
    const isLowest = rank <= best && rank <= (lowest[index] ?? Infinity);
    if (isLowest && at - previous >= radius && total - at >= radius) {
      cuts.push(index);
      previous = at;
    }
    while (behind.length > head && (atoms[behind.at(-1) ?? 0]?.rank ?? 0) > rank) behind.pop();
    behind.push(index);
  }
  return cuts;
}

/** Of each boundary, the lowest rank among those up to `radius` ahead. */
function lowestAhead(atoms: readonly Atom[], measure: PieceSizes, radius: number): Float64Array {
  const lowest = new Float64Array(atoms.length).fill(Infinity);
  const ahead: number[] = [];
  let head = 0;
  for (let index = atoms.length - 1; index >= 1; index--) {
    const at = measure.start(index);
    while (head < ahead.length && measure.start(ahead[head] ?? 0) - at >= radius) head++;
    lowest[index] = atoms[ahead[head] ?? -1]?.rank ?? Infinity;
    const rank = atoms[index]?.rank ?? 0;
    while (ahead.length > head && (atoms[ahead.at(-1) ?? 0]?.rank ?? 0) > rank) ahead.pop();
    ahead.push(index);
  }
  return lowest;
}

/** Cuts first..last at its best boundary until every piece fits; appends the pieces in order. */
function halve(
  atoms: readonly Atom[],
  measure: PieceSizes,
  limits: PieceLimits,
  first: number,
  last: number,
  pieces: PieceRange[],
): void {
  const open: PieceRange[] = [{ first, last }];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    if (piece.first === piece.last || measure.fits(piece.first, piece.last)) {
      pieces.push(piece);
      continue;
    }
    const cut = bestCut(atoms, measure, limits, piece);
    open.push({ first: cut, last: piece.last }, { first: piece.first, last: cut - 1 });
  }
}

/**
 * The boundary of lowest rank that leaves two pieces of at least min, and of at most max where one does.
 * Pieces beyond two max are cut near the middle, so that halving stays logarithmic. Where every boundary
 * leaves a small piece (beside a large fence), the one nearest to the middle.
 */
function bestCut(
  atoms: readonly Atom[],
  measure: PieceSizes,
  limits: PieceLimits,
  piece: PieceRange,
): number {
  const size = measure.size(piece.first, piece.last);
  const large = size > 2 * limits.max;
  let best = piece.first + 1;
  let bestTier = Infinity;
  let bestScore = Infinity;
  for (let index = piece.first + 1; index <= piece.last; index++) {
    const left = measure.size(piece.first, index - 1);
    const right = measure.size(index, piece.last);
    const smaller = Math.min(left, right);
    let tier = 2;
    if (smaller >= (large ? size / 3 : limits.min))
      tier = large || Math.max(left, right) <= limits.max ? 0 : 1;
    const rank = atoms[index]?.rank ?? 0;
    if (rank >= NEVER) tier = 3;
    const score = tier === 2 ? -smaller : rank;
    if (tier < bestTier || (tier === bestTier && score < bestScore)) {
      best = index;
      bestTier = tier;
      bestScore = score;
    }
  }
  return best;
}

/** Joins pieces below min with the next, or else the one before, where both fit into one. */
function joinSmall(measure: PieceSizes, limits: PieceLimits, pieces: readonly PieceRange[]): PieceRange[] {
  const joined: PieceRange[] = [];
  for (const piece of pieces) {
    const before = joined.at(-1);
    const isSmall = (range: PieceRange) => measure.size(range.first, range.last) < limits.min;
    const wanted = before !== undefined && (isSmall(before) || isSmall(piece));
    if (wanted && measure.fits(before.first, piece.last)) {
      joined[joined.length - 1] = { first: before.first, last: piece.last };
    } else {
      joined.push(piece);
    }
  }
  return joined;
}
