/** Sizes that every chunker keeps to, in the unit of their measure; part of the chunk recipe. */
import { CODE_POINTS, type Measure } from './measure.js';

export interface ChunkParams {
  /**
   * Largest body of a chunk: without the heading path and the overlap, which come on top. Fences and
   * tables that are split count with the lines they repeat.
   */
  readonly max: number;
  /** Smaller pieces are joined with a neighbour of the same section where both fit. */
  readonly min: number;
  /** How much of the piece before is repeated in front, within a section; 0: nothing. */
  readonly overlap: number;
  readonly measure: Measure;
}

/** Sizes in characters (code points), as a manifest says them. */
export function charParams(sizes: {
  readonly max_chars: number;
  readonly min_chars: number;
  readonly overlap_chars: number;
}): ChunkParams {
  return { max: sizes.max_chars, min: sizes.min_chars, overlap: sizes.overlap_chars, measure: CODE_POINTS };
}

/** Sizes in tokens, as counted by `measure`. */
export function tokenParams(
  sizes: { readonly max_tokens: number; readonly min_tokens: number; readonly overlap_tokens: number },
  measure: Measure,
): ChunkParams {
  return { max: sizes.max_tokens, min: sizes.min_tokens, overlap: sizes.overlap_tokens, measure };
}
