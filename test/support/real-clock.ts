/** The system's clock, for tests that need none of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/domain/ports/clock.js';

export function realClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    },
  };
}
