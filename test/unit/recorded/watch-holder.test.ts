/** What a watcher may conclude about a holder that was asleep together with it: a closed laptop sleeps as a whole. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { watchHolder } from '../../../src/recorded/watch-holder.js';
import { realClock } from './real-clock.js';
import { temporaryFolder } from './state-fixture.js';

const TTL_MS = 30_000;
const HOUR_MS = 3_600_000;

/** The machine sleeps for an hour at the first wait; the holder's counter moves, if it does, some waits later. */
function watchOverSleep(beatsAt: number) {
  const stateDir = temporaryFolder();
  const beat = (n: number): void => writeFileSync(join(stateDir, 'lease.1.json'), `{"n":${n}}\n`);
  beat(0);
  let now = 0;
  let waits = 0;
  const seen = watchHolder({
    stateDir,
    fence: 1,
    ttlMs: TTL_MS,
    clock: {
      ...realClock,
      monotonic: () => now,
      sleep: async (ms) => {
        now += waits === 0 ? HOUR_MS : ms;
        if (++waits === beatsAt) beat(1);
      },
    },
    signal: new AbortController().signal,
    holds: () => true,
    ended: () => false,
  });
  return seen.then((verdict) => ({ verdict, waits }));
}

it('an hour in which the watcher slept too is no hour of silence', async () => {
  expect(await watchOverSleep(4)).toEqual({ verdict: 'alive', waits: 4 });
});

it('a holder that does not wake is silent once the rest of the time has passed', async () => {
  const { verdict, waits } = await watchOverSleep(Number.POSITIVE_INFINITY);
  expect(verdict).toBe('silent');
  expect(waits).toBeGreaterThan(100);
});
