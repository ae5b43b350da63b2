/** The machine's own time, as the program runs with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../src/domain/ports/clock.js';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => 0.5,
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }),
};
