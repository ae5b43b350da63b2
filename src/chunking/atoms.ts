/** Atoms: what pieces are packed from. A cut is possible in front of each, at a rank. */

/**
 * Part of a fence or table that is too large for one piece. A piece that holds only some of it repeats
 * the opening lines in front, and closes what it opened.
 */
export interface Wrap {
  /** Offset behind its last atom; with `start`, tells whether a piece holds all of it. */
  readonly start: number;
  readonly end: number;
  readonly open: string;
  readonly close: string;
  /** What repeating costs, with the line breaks. */
  readonly cost: number;
}

/** Offsets are UTF-16 units of the source; atoms rise and do not touch. */
export interface Atom {
  readonly start: number;
  readonly end: number;
  /** Of the text from start to end. */
  readonly size: number;
  /** Lower is a better place to cut in front of it: class first, content second. */
  readonly rank: number;
  readonly wrap: Wrap | undefined;
  /** Running text, which may be torn for an overlap; not code, tables or HTML. */
  readonly prose: boolean;
}

/** How good it is to cut in front of an atom; lower is better. */
export const CUT = {
  /** Before a paragraph: a new thought. */
  thought: 0,
  /** Before a list, fence or table: it usually belongs to what stands before it. */
  belongs: 1,
  /** Behind a colon: an announcement and what it announces. */
  announced: 2,
  /** Inside a list or quote, plus one a level. */
  nested: 3,
  line: 30,
  sentence: 31,
  word: 40,
  character: 50,
  /** Only when nothing else is left: between a fence's opener and its first line. */
  never: 90,
} as const;

export type CutClass = number;

/** The class decides; among equals a 32-bit hash of the content does. */
export function rankOf(cut: CutClass, hash: number): number {
  return cut * 0x1_0000_0000 + hash;
}
