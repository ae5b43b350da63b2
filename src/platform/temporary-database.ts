/** A private database on disk for what may outgrow memory; it vanishes when it is closed. */
import { type Database, openDatabase, sqliteCode, TEMPORARY } from './sqlite.js';
import { temporaryFolderError } from './temporary-folder-error.js';

/**
 * `cacheMebibytes`: memory it may take before it goes to disk, where SQLite's own measure is too little.
 * @throws IngestError E703 when the temporary folder is full or cannot be used
 */
export function openTemporaryDatabase(schema: string, cacheMebibytes?: number): Database {
  const database = openDatabase(TEMPORARY, { translate: spaceError });
  if (cacheMebibytes !== undefined) database.pragma(`cache_size = ${-1024 * cacheMebibytes}`);
  database.exec(schema);
  return database;
}

/** A full or missing temporary folder, in words; what else SQLite says here is a bug of ours. */
function spaceError(error: unknown): unknown {
  const code = sqliteCode(error) ?? '';
  if (/^SQLITE_FULL/.test(code)) return temporaryFolderError('the disk is full', error);
  return /^SQLITE_(?:IOERR|CANTOPEN|READONLY)/.test(code) ? temporaryFolderError(code, error) : error;
}
