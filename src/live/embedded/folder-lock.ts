/**
 * A lock between processes that needs no cleaning up: an exclusive SQLite transaction on an empty file. The
 * kernel frees it when the holder dies, so there is no stale lock and nothing to take over.
 */
import { openDatabase, sqliteCode } from '../../platform/sqlite.js';

export interface FolderLock {
  release(): void;
}

/** Undefined when somebody else holds it. The file's folder must exist; the file itself stays for ever. */
export function tryFolderLock(lockFile: string): FolderLock | undefined {
  const db = openDatabase(lockFile, { busyTimeoutMs: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY') === true) return undefined;
    throw error;
  }
  return { release: () => db.close() };
}
