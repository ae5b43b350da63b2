/** Time and randomness, passed in so that decisions are repeatable. */
export interface Clock {
  /** Wall-clock milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only rise and go on while the wall clock is set. */
  monotonic(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
