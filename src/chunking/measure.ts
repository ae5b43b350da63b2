/** What sizes are counted in. Every strategy measures through this, so that all work in every unit. */
import { codePointLength } from '../domain/text.js';

export interface Measure {
  /** Of a stretch of text; pure: equal text, equal size. */
  size(text: string): number;
  /**
   * Whether the sizes of parts add up to that of the whole. Where they do not (tokens), sums only guide the
   * choice of cuts, and what is cut is measured again as it will be stored.
   */
  readonly additive: boolean;
}

export const CODE_POINTS: Measure = { size: codePointLength, additive: true };
