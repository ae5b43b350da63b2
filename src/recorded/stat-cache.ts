/**
 * (file, stat) -> content hash, so that a no-op plan opens no file. Machine-local, deletable at any time,
 * shared by several processes; whatever is wrong with it costs only time, so nothing here ever throws.
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FileStat } from '../domain/document.js';
import type { Clock } from '../domain/ports/clock.js';
import type { CachedContent, StatCache } from '../domain/ports/source.js';
import { type Database, openDatabase } from '../platform/sqlite.js';
import { causedBy } from './state-error.js';

const SCHEMA_VERSION = 1;
const SCHEMA = `
CREATE TABLE IF NOT EXISTS stats (
  root TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns TEXT NOT NULL,
  ctime_ns TEXT NOT NULL, inode TEXT NOT NULL, content_sha256 TEXT NOT NULL, empty_for TEXT,
  PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${SCHEMA_VERSION};`;

/** Puts are kept in memory until so many are waiting, then written in one transaction. */
const BATCH = 5000;

/** Kernels stamp files at clock ticks of up to 10 ms. */
const FINE_TICK_NS = 50_000_000n;
/** FAT. Assumed where a time has no fraction of a second, as file systems with coarse clocks give it. */
const COARSE_TICK_NS = 2_000_000_000n;

/** Never throws: a cache that cannot be opened or written remembers nothing. */
export function openStatCache(file: string, clock: Clock): StatCache {
  return new FileStatCache(file, clock);
}

interface Waiting {
  readonly root: string;
  readonly path: string;
  readonly stat: FileStat;
  readonly content: CachedContent;
}

class FileStatCache implements StatCache {
  readonly #file: string;
  readonly #clock: Clock;
  #db: Database | undefined;
  /** With the first file that it is asked of: a command that reads no file leaves none behind. */
  #opened = false;
  #waiting: Waiting[] = [];

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  get(root: string, path: string, stat: FileStat): CachedContent | undefined {
    return this.#try((db) =>
      db
        .prepare<CachedContent>(
          `SELECT content_sha256, empty_for FROM stats WHERE root = @root AND path = @path
           AND size = @size AND mtime_ns = @mtime_ns AND ctime_ns = @ctime_ns AND inode = @inode`,
        )
        .get({ root, path, ...stat }),
    );
  }

  /**
   * To be called right after the content was read. A racy file (as git calls it) is not remembered: it was
   * changed so shortly before that another change may leave its stat as it is. The next scan reads it again,
   * and by then it has aged.
   */
  put(root: string, path: string, stat: FileStat, content: CachedContent): void {
    const now = BigInt(Math.floor(this.#clock.now())) * 1_000_000n;
    if (isRacy(BigInt(stat.mtime_ns), now) || isRacy(BigInt(stat.ctime_ns), now)) return;
    this.#waiting.push({ root, path, stat, content });
    if (this.#waiting.length >= BATCH) this.flush();
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    this.#try((db) => {
      const put = db.prepare(
        `INSERT OR REPLACE INTO stats VALUES
         (@root, @path, @size, @mtime_ns, @ctime_ns, @inode, @content_sha256, @empty_for)`,
      );
      db.transaction(() => {
        for (const { root, path, stat, content } of waiting) put.run({ root, path, ...stat, ...content });
      }, 'immediate');
    });
  }

  close(): void {
    this.flush();
    if (this.#opened) this.#try((db) => db.close());
    this.#opened = true;
    this.#db = undefined;
  }

  #try<T>(use: (db: Database) => T): T | undefined {
    try {
      if (!this.#opened) {
        this.#opened = true;
        this.#db = openOrRecreate(this.#file);
      }
      return this.#db && use(this.#db);
    } catch (error) {
      // Locked, read-only or full: not remembered this time.
      if (isDamage(error)) this.#discard();
      return undefined;
    }
  }

  #discard(): void {
    try {
      this.#db?.close();
      remove(this.#file);
    } catch {
      // The next opening tries again.
    }
    this.#db = undefined;
  }
}

function isRacy(changed: bigint, now: bigint): boolean {
  return changed >= now - (changed % 1_000_000_000n === 0n ? COARSE_TICK_NS : FINE_TICK_NS);
}

function isDamage(error: unknown): boolean {
  return causedBy(error, 'SQLITE_NOTADB') || causedBy(error, 'SQLITE_CORRUPT');
}

function remove(file: string): void {
  for (const suffix of ['', '-journal']) rmSync(file + suffix, { force: true });
}

function openOrRecreate(file: string): Database | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openCurrent(file);
  } catch (error) {
    if (!isDamage(error)) return openReadOnly(file);
  }
  try {
    remove(file);
    return openCurrent(file);
  } catch {
    return undefined;
  }
}

/** DELETE journal: written once or twice a scan, and then a read-only folder can still use it. */
function openCurrent(file: string): Database {
  // Created by us and not by SQLite, whose journal files take over its mode: it names every document.
  closeSync(openSync(file, 'a', 0o600));
  const db = openDatabase(file, { busyTimeoutMs: 2000 });
  try {
    db.exec('PRAGMA synchronous = NORMAL');
    if (Number(db.pragma('user_version')) !== SCHEMA_VERSION) {
      // Another version's cache is no use to this one, nor worth converting.
      db.transaction(() => db.exec(`DROP TABLE IF EXISTS stats; ${SCHEMA}`), 'immediate');
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function openReadOnly(file: string): Database | undefined {
  try {
    const db = openDatabase(file, { readonly: true });
    if (Number(db.pragma('user_version')) === SCHEMA_VERSION) return db;
    db.close();
  } catch {
    // Then without.
  }
  return undefined;
}
