/**
 * The embedding cache: one SQLite file, keyed by (embedding_fingerprint, text_sha256), shared by
 * environments and processes, deletable at any time. It never fails a run: what is damaged is a miss, and
 * where it cannot be written the run goes on without it, saying so once.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EmbeddingCache } from '../domain/ports/embedder.js';
import type { Warning } from '../domain/warning.js';
import { type Database, openDatabase, sqliteCode } from '../platform/sqlite.js';
import { blobChecksum, vectorOfBlob, vectorToBlob } from './vector-blob.js';

export interface EmbeddingCacheOptions {
  /** Told once for each kind of trouble. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
}

/** Opens nothing yet: a file that does not exist is created by the first put, with mode 0600. */
export function openEmbeddingCache(file: string, options: EmbeddingCacheOptions = {}): EmbeddingCache {
  return new SqliteEmbeddingCache(file, options.onWarning ?? (() => {}));
}

const SCHEMA_VERSION = 2;
/** Vectors of 1,024 numbers are 4 KB: larger pages hold several, without a chain of overflow pages. */
const PAGE_BYTES = 16_384;
/** Keys per statement; they travel as one JSON parameter, so no variable limit applies. */
const KEYS_PER_QUERY = 500;

// An ordinary rowid table beside a covering index: `has` never touches a page with vectors.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS vector (
    fingerprint TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    checksum BLOB NOT NULL,
    data BLOB NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS vector_key ON vector (fingerprint, text_sha256);
  CREATE TABLE IF NOT EXISTS throughput (fingerprint TEXT PRIMARY KEY, tokens REAL NOT NULL, busy_ms REAL NOT NULL);
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
const KEYS = 'fingerprint = ? AND text_sha256 IN (SELECT value FROM json_each(?))';
const SELECT = `SELECT text_sha256, checksum, data FROM vector WHERE ${KEYS}`;
const SELECT_KEYS = `SELECT text_sha256 FROM vector WHERE ${KEYS}`;
const UPSERT = `
  INSERT INTO vector (fingerprint, text_sha256, checksum, data) VALUES (?, ?, ?, ?)
  ON CONFLICT (fingerprint, text_sha256) DO UPDATE SET checksum = excluded.checksum, data = excluded.data`;

const SELECT_THROUGHPUT = `
  SELECT tokens * 1000.0 / busy_ms AS rate FROM throughput WHERE fingerprint = ? AND busy_ms > 0`;
/** What was known counts half beside what is new. */
const NOTE_THROUGHPUT = `
  INSERT INTO throughput (fingerprint, tokens, busy_ms) VALUES (?, ?, ?)
  ON CONFLICT (fingerprint) DO UPDATE SET
    tokens = tokens / 2 + excluded.tokens, busy_ms = busy_ms / 2 + excluded.busy_ms`;

interface Row {
  readonly text_sha256: string;
  readonly checksum: Uint8Array;
  readonly data: Uint8Array;
}

class SqliteEmbeddingCache implements EmbeddingCache {
  readonly #file: string;
  readonly #warn: (warning: Warning) => void;
  readonly #warned = new Set<string>();
  #db: Database | undefined;
  #writable = true;
  /** Closed, or given up after trouble that opening again would not mend. */
  #off = false;

  constructor(file: string, warn: (warning: Warning) => void) {
    this.#file = file;
    this.#warn = warn;
  }

  get(fingerprint: string, textShas: readonly string[]): Map<string, Float32Array> {
    const found = new Map<string, Float32Array>();
    this.#read(textShas, (db, keys) => {
      for (const row of db.prepare<Row>(SELECT).all(fingerprint, keys)) {
        const vector = vectorOfBlob(row.text_sha256, row.data, row.checksum);
        if (vector !== undefined) found.set(row.text_sha256, vector);
      }
    });
    return found;
  }

  has(fingerprint: string, textShas: readonly string[]): Set<string> {
    const found = new Set<string>();
    this.#read(textShas, (db, keys) => {
      const rows = db.prepare<Pick<Row, 'text_sha256'>>(SELECT_KEYS).all(fingerprint, keys);
      for (const row of rows) found.add(row.text_sha256);
    });
    return found;
  }

  put(fingerprint: string, vectors: ReadonlyMap<string, Float32Array>): void {
    if (vectors.size === 0) return;
    // Twice: what failed because the file was damaged goes into the new one.
    for (let attempt = 0; attempt < 2; attempt++) {
      const done = this.#guard(() => {
        const db = this.#open(true);
        // Said only now: a plan never writes it, and would have nothing to tell.
        if (!this.#writable)
          this.#say('embedding-cache-read-only', 'the embedding cache cannot be written here', null);
        if (db === undefined || !this.#writable) return;
        db.transaction(() => {
          const upsert = db.prepare(UPSERT);
          for (const [sha, vector] of vectors) {
            const data = vectorToBlob(vector);
            upsert.run(fingerprint, sha, blobChecksum(sha, data), data);
          }
        }, 'immediate');
      });
      if (done) return;
    }
  }

  throughput(fingerprint: string): number | undefined {
    let rate: number | undefined;
    this.#guard(() => {
      const db = this.#open(false);
      // A version 1 that cannot be written has no such table.
      if (db === undefined || Number(db.pragma('user_version')) < SCHEMA_VERSION) return;
      rate = db.prepare<{ rate: number }>(SELECT_THROUGHPUT).get(fingerprint)?.rate;
    });
    return rate;
  }

  noteThroughput(fingerprint: string, tokens: number, busyMs: number): void {
    this.#guard(() => {
      const db = this.#open(true);
      if (db === undefined || !this.#writable) return;
      db.transaction(() => db.prepare(NOTE_THROUGHPUT).run(fingerprint, tokens, busyMs), 'immediate');
    });
  }

  close(): void {
    const db = this.#db;
    this.#db = undefined;
    this.#off = true;
    if (db === undefined) return;
    try {
      // The last one out leaves a single file, which can also be read where the folder is read-only.
      // While others have it open this fails at once, and that is fine.
      db.pragma('busy_timeout = 0');
      if (this.#writable) db.pragma('journal_mode = DELETE');
    } catch {
      // See above.
    } finally {
      db.close();
    }
  }

  #read(textShas: readonly string[], query: (db: Database, keys: string) => void): void {
    this.#guard(() => {
      const db = this.#open(false);
      if (db === undefined) return;
      for (let start = 0; start < textShas.length; start += KEYS_PER_QUERY) {
        query(db, JSON.stringify(textShas.slice(start, start + KEYS_PER_QUERY)));
      }
    });
  }

  #open(create: boolean): Database | undefined {
    if (this.#db !== undefined || this.#off) return this.#db;
    if (!existsSync(this.#file)) {
      if (!create) return undefined;
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      // Created by us and not by SQLite, whose journal files take over its mode.
      closeSync(openSync(this.#file, 'a', 0o600));
    }
    const { db, writable } = connect(this.#file);
    this.#db = db;
    this.#writable = writable;
    return db;
  }

  /** Runs fn; false when the file was damaged and has been set aside. Never throws what SQLite or the disk did. */
  #guard(fn: () => void): boolean {
    try {
      fn();
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) return !this.#setAside(code);
      // A busy or full disk may be over by the next call; a cache that cannot be opened stays so.
      if (this.#db === undefined) this.#off = true;
      this.#say(
        'embedding-cache-off',
        'the embedding cache cannot be used: texts may be embedded again',
        code,
      );
      return true;
    }
  }

  /** Moves the damaged file out of the way. False when that fails, and the run goes on without a cache. */
  #setAside(code: string): boolean {
    try {
      this.#db?.close();
    } catch {
      // It is damaged.
    }
    this.#db = undefined;
    const aside = `${this.#file}.corrupt`;
    try {
      for (const suffix of ['-wal', '-shm', '-journal']) rmSync(this.#file + suffix, { force: true });
      rmSync(aside, { force: true });
      renameSync(this.#file, aside);
    } catch (error) {
      this.#off = true;
      this.#say(
        'embedding-cache-off',
        'the embedding cache is damaged and cannot be moved',
        codeOf(error) ?? code,
      );
      return false;
    }
    this.#say(
      'embedding-cache-damaged',
      `the embedding cache was damaged and starts anew; kept as ${aside}`,
      code,
    );
    return true;
  }

  #say(key: string, message: string, detail: string | null): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#warn({ key, message, detail, functional: false });
  }
}

/** Read-only where the file or its folder is, or where a newer version of this program wrote it. */
function connect(file: string): { db: Database; writable: boolean } {
  let db: Database;
  try {
    db = openDatabase(file);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return { db: openDatabase(file, { readonly: true }), writable: false };
  }
  try {
    return { db, writable: prepare(db) };
  } catch (error) {
    db.close();
    if (!isDenied(error)) throw error;
    return { db: openDatabase(file, { readonly: true }), writable: false };
  }
}

/** True when it may be written. */
function prepare(db: Database): boolean {
  const version = Number(db.pragma('user_version'));
  if (version > SCHEMA_VERSION) return false;
  db.pragma(`page_size = ${PAGE_BYTES}`);
  try {
    db.pragma('journal_mode = WAL');
  } catch (error) {
    // Another process is opening or closing it at this moment; the mode is only a matter of speed.
    if (!sqliteCode(error)?.startsWith('SQLITE_BUSY')) throw error;
  }
  // A power cut may cost the last answers, never the file.
  db.pragma('synchronous = NORMAL');
  if (version < SCHEMA_VERSION) db.transaction(() => db.exec(SCHEMA), 'immediate');
  return true;
}

function isDenied(error: unknown): boolean {
  return /^SQLITE_(?:READONLY|CANTOPEN|PERM)/.test(sqliteCode(error) ?? '');
}

/** The code of an error of SQLite or the file system; undefined for our own mistakes. */
function codeOf(error: unknown): string | undefined {
  const code = sqliteCode(error);
  if (code !== undefined) return code;
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
