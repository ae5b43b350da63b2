/** `--timings`: how long each phase was busy. Several at once, in one phase or in many, are no longer than the clock. */
import type { Clock } from '../../domain/ports/clock.js';
import type { EmbeddingProvider } from '../../domain/ports/embedder.js';
import { PHASES, type Phase, type Stopwatch, type Timings } from '../../domain/ports/stopwatch.js';

interface Busy {
  active: number;
  since: number;
  ms: number;
  times: number;
}

export class MeasuredPhases implements Stopwatch {
  readonly #clock: Clock;
  readonly #started: number;
  readonly #phases = new Map<Phase, Busy>();

  /** `started`: of the command, on the clock's monotonic time. */
  constructor(clock: Clock, started: number) {
    this.#clock = clock;
    this.#started = started;
  }

  time<T>(phase: Phase, work: () => T): T {
    const end = this.#begin(phase);
    let result: T;
    try {
      result = work();
    } catch (error) {
      end();
      throw error;
    }
    if (result instanceof Promise) return result.finally(end) as T;
    end();
    return result;
  }

  #begin(phase: Phase): () => void {
    const busy = this.#phases.get(phase) ?? { active: 0, since: 0, ms: 0, times: 0 };
    this.#phases.set(phase, busy);
    if (busy.active++ === 0) busy.since = this.#clock.monotonic();
    busy.times++;
    return () => {
      if (--busy.active === 0) busy.ms += this.#clock.monotonic() - busy.since;
    };
  }

  timings(): Timings {
    const now = this.#clock.monotonic();
    const phases = PHASES.flatMap((phase) => {
      const busy = this.#phases.get(phase);
      if (busy === undefined) return [];
      const ms = busy.active > 0 ? busy.ms + now - busy.since : busy.ms;
      return [{ phase, busy_ms: Math.round(ms), times: busy.times }];
    });
    return { wall_ms: Math.round(now - this.#started), phases };
  }
}

/** The same provider; its requests are timed. */
export function timedProvider(provider: EmbeddingProvider, stopwatch: Stopwatch): EmbeddingProvider {
  const embed: EmbeddingProvider['embed'] = (...request) =>
    stopwatch.time('embed', () => provider.embed(...request));
  return new Proxy(provider, {
    get(target, key) {
      const value: unknown = key === 'embed' ? embed : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
