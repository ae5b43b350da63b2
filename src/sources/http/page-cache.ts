/**
 * What is known of pages since they were last downloaded: their validators, so that an unchanged page answers 304.
 * Machine-local and deletable; whatever is wrong with it costs only downloads, so nothing here ever throws.
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Database, openDatabase } from '../../platform/sqlite.js';

export interface KnownPage {
  /** Where redirects led; the validators are of what answers there. */
  readonly final_url: string;
  readonly etag: string | null;
  readonly last_modified: string | null;
  readonly content_type: string;
  readonly content_sha256: string;
}

export interface PageCache {
  get(url: string): KnownPage | undefined;
  put(url: string, page: KnownPage): void;
  close(): void;
}

const VERSION = 1;
const SCHEMA = `DROP TABLE IF EXISTS pages;
CREATE TABLE pages (url TEXT PRIMARY KEY, final_url TEXT NOT NULL, etag TEXT, last_modified TEXT,
  content_type TEXT NOT NULL, content_sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${VERSION};`;

export function openPageCache(file: string): PageCache {
  let db = open(file);
  function attempt<T>(use: (open: Database) => T): T | undefined {
    try {
      return db && use(db);
    } catch {
      // Locked, full or damaged: not remembered this time, and made anew the next.
      discard();
      return undefined;
    }
  }
  function discard(): void {
    try {
      db?.close();
    } catch {
      // It is given up in any case.
    }
    db = undefined;
  }
  return {
    get: (url) =>
      attempt((open) =>
        open
          .prepare<KnownPage>(
            'SELECT final_url, etag, last_modified, content_type, content_sha256 FROM pages WHERE url = ?',
          )
          .get(url),
      ),
    put: (url, page) => {
      attempt((open) =>
        open
          .prepare(
            `INSERT OR REPLACE INTO pages
             VALUES (@url, @final_url, @etag, @last_modified, @content_type, @content_sha256)`,
          )
          .run({ url, ...page }),
      );
    },
    close: discard,
  };
}

function open(file: string): Database | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Created by us and not by SQLite, whose journal takes over its mode: it names every page.
    closeSync(openSync(file, 'a', 0o600));
    return openCurrent(file);
  } catch {
    try {
      for (const suffix of ['', '-journal']) rmSync(file + suffix, { force: true });
      return openCurrent(file);
    } catch {
      return undefined;
    }
  }
}

function openCurrent(file: string): Database {
  const db = openDatabase(file, { busyTimeoutMs: 2000 });
  try {
    db.exec('PRAGMA synchronous = NORMAL');
    if (Number(db.pragma('user_version')) !== VERSION) db.transaction(() => db.exec(SCHEMA), 'immediate');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
