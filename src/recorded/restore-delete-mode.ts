/** Before a writing connection closes: one file again, so that reading it creates nothing. */
import type { Database } from '../platform/sqlite.js';
import { causedBy } from './state-error.js';

/** While others have it open this cannot be done, and the last writer to close does it. */
export function restoreDeleteMode(db: Database): void {
  try {
    db.exec('PRAGMA busy_timeout = 0');
    db.exec('PRAGMA synchronous = FULL');
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.pragma('journal_mode = DELETE');
  } catch (error) {
    if (!causedBy(error, 'SQLITE_BUSY')) throw error;
  }
}
