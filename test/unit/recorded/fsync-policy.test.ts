import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/domain/ports/clock.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { type FsyncPolicy, FsyncSchedule } from '../../../src/recorded/fsync-policy.js';
import { closing, temporaryFolder } from './state-fixture.js';

const FULL = 2;
const NORMAL = 1;

/** A schedule over a real database; `syncs` tells whether the log was needed, by taking it away. */
function schedule(policy: FsyncPolicy) {
  const folder = temporaryFolder();
  const log = join(folder, 'log');
  const db = closing(openDatabase(join(folder, 'x.db')));
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, random: () => 0, sleep: async () => {} };
  const fsync = new FsyncSchedule(db, log, policy, clock);
  closing({ close: () => fsync.stop() });
  return {
    wait: (ms: number) => {
      now += ms;
    },
    level(durable: boolean) {
      fsync.begin(durable);
      return db.pragma('synchronous');
    },
    syncs(events: number, intents: number): boolean {
      rmSync(log, { force: true });
      try {
        fsync.committed(events, intents);
        return false;
      } catch {
        writeFileSync(log, '');
        fsync.flush();
        return true;
      }
    },
  };
}

describe('the fsync policy', () => {
  it('doc syncs with every transaction', () => {
    const doc = schedule('doc');
    expect([doc.level(true), doc.level(false)]).toEqual([FULL, FULL]);
    expect(doc.syncs(500, 5)).toBe(false);
  });

  it('interval delays what need not be durable to 100 events', () => {
    const interval = schedule('interval');
    expect(interval.level(true)).toBe(FULL);
    expect(interval.level(false)).toBe(NORMAL);
    expect(interval.syncs(99, 0)).toBe(false);
    expect(interval.level(false)).toBe(NORMAL);
    expect(interval.syncs(1, 0)).toBe(true);
    expect(interval.syncs(99, 0)).toBe(false);
  });

  it('interval delays no longer than 5 seconds', () => {
    const interval = schedule('interval');
    interval.wait(4999);
    expect(interval.level(false)).toBe(NORMAL);
    interval.wait(1);
    expect(interval.level(false)).toBe(FULL);
    interval.syncs(1, 0);
    expect(interval.level(false)).toBe(NORMAL);
  });

  it('off leaves it to the system', () => {
    const off = schedule('off');
    expect([off.level(true), off.level(false)]).toEqual([NORMAL, NORMAL]);
    expect(off.syncs(500, 0)).toBe(false);
  });

  it('never delays intents', () => {
    for (const policy of ['interval', 'off'] as const) {
      const relaxed = schedule(policy);
      expect(relaxed.level(false)).toBe(NORMAL);
      expect(relaxed.syncs(0, 1)).toBe(true);
    }
  });
});
