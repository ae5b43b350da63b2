/**
 * Keeps below the rates that the manifest allows: in any minute no more requests and estimated tokens than it says.
 * Ours, because what the registry has reads its own clock, and counts requests alone.
 */
import type { RateLimits } from '../domain/ports/embedder.js';

const WINDOW_MS = 60_000;

interface Sent {
  readonly at: number;
  readonly tokens: number;
}

/** Times are monotonic milliseconds. Whoever was told to wait asks again before sending. */
export class RateLimit {
  readonly #limits: RateLimits;
  /** Of the last minute, oldest first. */
  readonly #sent: Sent[] = [];
  #tokens = 0;

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** Milliseconds until a request of so many tokens may leave; 0: now. One larger than the limit goes when it is alone. */
  wait(now: number, tokens: number): number {
    this.#forget(now);
    const { requests = Number.POSITIVE_INFINITY, tokens: most = Number.POSITIVE_INFINITY } = this.#limits;
    let count = this.#sent.length;
    let used = this.#tokens;
    let until = now;
    for (const sent of this.#sent) {
      if (count < requests && used + tokens <= most) break;
      until = sent.at + WINDOW_MS;
      count--;
      used -= sent.tokens;
    }
    return until - now;
  }

  sent(now: number, tokens: number): void {
    const { requests, tokens: most } = this.#limits;
    if (requests === undefined && most === undefined) return;
    this.#sent.push({ at: now, tokens });
    this.#tokens += tokens;
  }

  #forget(now: number): void {
    let old = 0;
    for (const sent of this.#sent) {
      if (sent.at + WINDOW_MS > now) break;
      this.#tokens -= sent.tokens;
      old++;
    }
    if (old > 0) this.#sent.splice(0, old);
  }
}
