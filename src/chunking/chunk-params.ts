/** Parameters of every chunker, in code points; part of the chunk recipe. */
export interface ChunkParams {
  /**
   * Largest body of a chunk: without the heading path and the overlap, which come on top. Fences and
   * tables that are split count with the lines they repeat.
   */
  readonly max_chars: number;
  /** Smaller pieces are joined with a neighbour of the same section where both fit. */
  readonly min_chars: number;
  /** How much of the piece before is repeated in front, within a section; 0: nothing. */
  readonly overlap_chars: number;
}
