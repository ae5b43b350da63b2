/**
 * Opens the recorded state for reading. No byte of the file changes and no file appears beside it: a
 * cleanly closed database (DELETE journal) is read in place, a live writer's too; where SQLite would have
 * to create or replay something, a temporary copy is read.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StateReader } from '../domain/ports/state.js';
import { type Database, IN_MEMORY, openDatabase } from '../platform/sqlite.js';
import { copyDatabase } from './copy-database.js';
import { migrate, schemaVersion } from './migrate.js';
import { MIGRATIONS } from './migrations.js';
import { readFileHead } from './read-file-head.js';
import { RecordedStateReader } from './read-state.js';
import { causedBy, stateError } from './state-error.js';

export const STATE_FILE = 'ingest.db';

/** Byte 18 of a database's header: 2 when it is in write-ahead mode. */
const WRITE_VERSION_AT = 18;
const WAL_MODE = 2;

/**
 * @param stateDir `<state>/<env>`; absent, or without a file, reads as nothing recorded
 * @throws IngestError E501 when the file is damaged, foreign or unreadable; E502 when it is newer
 */
export function openStateReader(stateDir: string): StateReader {
  const file = join(stateDir, STATE_FILE);
  try {
    const header = readFileHead(file, 100);
    if (header === undefined || (header.length === 0 && !existsSync(`${file}-wal`))) {
      return nothingRecorded(file);
    }
    return (readsInPlace(file, header) && openInPlace(file)) || openCopy(file);
  } catch (error) {
    throw stateError(error, file);
  }
}

/** Whether a read-only connection finds all that it needs, and so creates nothing. */
function readsInPlace(file: string, header: Buffer): boolean {
  if (header[WRITE_VERSION_AT] !== WAL_MODE) return sizeOf(`${file}-journal`) === 0;
  return existsSync(`${file}-wal`) && existsSync(`${file}-shm`);
}

/** Undefined when SQLite says that it would have to write first. */
function openInPlace(file: string): StateReader | undefined {
  let db: Database | undefined;
  try {
    db = openDatabase(file, { readonly: true, translate: (error) => stateError(error, file) });
    if (schemaVersion(db, file) === MIGRATIONS.length) return new RecordedStateReader(db);
  } catch (error) {
    db?.close();
    if (causedBy(error, 'SQLITE_READONLY') || causedBy(error, 'SQLITE_CANTOPEN')) return undefined;
    throw error;
  }
  // Older: migrated in the copy.
  db.close();
  return undefined;
}

function openCopy(file: string): StateReader {
  const copy = copyDatabase(file);
  try {
    const db = openDatabase(copy.file, { translate: (error) => stateError(error, file) });
    try {
      db.transaction(() => migrate(db, file), 'immediate');
    } catch (error) {
      db.close();
      throw error;
    }
    return new RecordedStateReader(db, copy.remove);
  } catch (error) {
    copy.remove();
    throw error;
  }
}

/** The same questions over an empty database, so that nothing has to answer them twice. */
function nothingRecorded(file: string): StateReader {
  const db = openDatabase(IN_MEMORY);
  db.transaction(() => migrate(db, file));
  return new RecordedStateReader(db);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
