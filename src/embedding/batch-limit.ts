import type { ProviderFault } from '../domain/ports/embedder.js';

/** Successes after which a batch made smaller by a rate limit or a time-out may double again. */
const SUCCESSES_TO_GROW = 8;

/**
 * How many texts the next request may hold. A 413 lowers the ceiling for good; a rate limit or a time-out
 * lowers the size until requests succeed again.
 */
export class BatchLimit {
  #ceiling: number;
  #size: number;
  #successes = 0;

  constructor(ceiling: number) {
    this.#ceiling = Math.max(1, ceiling);
    this.#size = this.#ceiling;
  }

  get size(): number {
    return this.#size;
  }

  failed(fault: ProviderFault, texts: number): void {
    if (fault !== 'too-large' && fault !== 'rate-limit' && fault !== 'timeout') return;
    const half = Math.max(1, Math.ceil(texts / 2));
    if (fault === 'too-large') this.#ceiling = Math.min(this.#ceiling, half);
    this.#size = Math.min(this.#size, half);
    this.#successes = 0;
  }

  /** A refused batch went through in parts of at most this size: it was their number, not a text. */
  refusedForSize(largestPart: number): void {
    this.#ceiling = Math.max(1, Math.min(this.#ceiling, largestPart));
    this.#size = Math.min(this.#size, this.#ceiling);
  }

  succeeded(texts: number): void {
    // Small leftovers say nothing about what a larger batch would do.
    if (this.#size === this.#ceiling || texts < this.#size) return;
    if (++this.#successes < SUCCESSES_TO_GROW) return;
    this.#successes = 0;
    this.#size = Math.min(this.#ceiling, this.#size * 2);
  }
}

/** The parts of one batch that was refused as a bad request. */
export class RefusedBatch {
  #open = 1;
  #largest = 0;
  #innocent = true;

  split(): void {
    this.#open++;
  }

  /** A part went through, or is a text that failed alone. True when that was the last part and none failed. */
  settled(texts: number, failed: boolean): boolean {
    this.#open--;
    if (failed) this.#innocent = false;
    else this.#largest = Math.max(this.#largest, texts);
    return this.#open === 0 && this.#innocent;
  }

  get largestPart(): number {
    return this.#largest;
  }
}
