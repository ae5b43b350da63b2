/** Brings a state file to the schema that this program knows; refuses what it does not know. */
import { IngestError } from '../domain/errors.js';
import type { Database } from '../platform/sqlite.js';
import { APPLICATION_ID, MIGRATIONS } from './migrations.js';

/**
 * The file's schema version; 0 for a file into which nothing was ever committed.
 * @throws IngestError E502 for a newer schema, E501 for another program's database
 */
export function schemaVersion(db: Database, file: string): number {
  const version = Number(db.pragma('user_version'));
  const owner = Number(db.pragma('application_id'));
  const tables = db.prepare<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
  const ours = owner === APPLICATION_ID || (owner === 0 && version === 0 && tables === 0);
  if (!ours) {
    throw new IngestError('E501', `${file} is a SQLite database, but not one of ingest`, {
      kind: 'input',
      advice: 'Point --state at the folder that ingest wrote, or at a new one.',
    });
  }
  if (version > MIGRATIONS.length) {
    throw new IngestError(
      'E502',
      `${file} has schema ${version}; this version of ingest knows up to ${MIGRATIONS.length}`,
      {
        kind: 'world',
        advice: 'Use the version of ingest that wrote it, or a newer one. Nothing was changed.',
      },
    );
  }
  return version;
}

/** Runs the migrations that are missing. The caller is inside a transaction. */
export function migrate(db: Database, file: string): void {
  for (let version = schemaVersion(db, file); version < MIGRATIONS.length; version++) {
    db.exec(MIGRATIONS[version] ?? '');
    // Pragmas take no parameters; both are our own numbers. They roll back with the transaction.
    db.exec(`PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${APPLICATION_ID};`);
  }
}
