/**
 * When a commit must reach the disk. A policy delays only the fsync, never the commit: a killed process
 * loses nothing, only a power cut can.
 *
 * `doc`: with every transaction. `interval`: durable transactions at once, the others within 100 events or
 * 5 s. `off`: left to the system. Intents always reach the disk before the request that they announce.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { Clock } from '../domain/ports/clock.js';
import type { Database } from '../platform/sqlite.js';

export type FsyncPolicy = 'doc' | 'interval' | 'off';

const EVENTS = 100;
const INTERVAL_MS = 5000;

export class FsyncSchedule {
  readonly #db: Database;
  readonly #logFile: string;
  readonly #policy: FsyncPolicy;
  readonly #clock: Clock;
  #full: boolean | undefined;
  #pendingEvents = 0;
  #lastFull: number;
  #timer: NodeJS.Timeout | undefined;

  /** logFile: the write-ahead log of db. */
  constructor(db: Database, logFile: string, policy: FsyncPolicy, clock: Clock) {
    this.#db = db;
    this.#logFile = logFile;
    this.#policy = policy;
    this.#clock = clock;
    this.#lastFull = clock.monotonic();
  }

  /** Before BEGIN: SQLite cannot change its mind inside a transaction. */
  begin(durable: boolean): void {
    const full =
      this.#policy === 'doc' ||
      (this.#policy === 'interval' &&
        (durable ||
          this.#pendingEvents >= EVENTS ||
          this.#clock.monotonic() - this.#lastFull >= INTERVAL_MS));
    if (full !== this.#full) this.#db.exec(`PRAGMA synchronous = ${full ? 'FULL' : 'NORMAL'}`);
    this.#full = full;
  }

  /** After COMMIT. */
  committed(events: number, intents: number): void {
    if (this.#full === true) {
      this.#settled();
      return;
    }
    this.#pendingEvents += events;
    const due = this.#policy === 'interval' && this.#pendingEvents >= EVENTS;
    if (intents > 0 || due) this.flush();
    else if (this.#policy === 'interval') {
      this.#timer ??= setTimeout(() => this.#flushLate(), INTERVAL_MS).unref();
    }
  }

  /** One fsync of the log makes all that was committed before it durable, through whichever handle. */
  flush(): void {
    const fd = openSync(this.#logFile, 'r+');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    this.#settled();
  }

  /** A failure here has no caller to tell; the next full transaction syncs the same log, or fails. */
  #flushLate(): void {
    this.#timer = undefined;
    try {
      this.flush();
    } catch {
      // See above.
    }
  }

  /** Nothing is flushed any more by itself; closing the database does it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #settled(): void {
    this.#pendingEvents = 0;
    this.#lastFull = this.#clock.monotonic();
    this.stop();
  }
}
