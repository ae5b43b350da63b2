/** A recorded state that lives as long as the command: on disk, without a name, gone when it is closed. */
import type { Clock } from '../domain/ports/clock.js';
import type { StateReader, StateTransaction } from '../domain/ports/state.js';
import { openDatabase, TEMPORARY } from '../platform/sqlite.js';
import { temporaryFolderError } from '../platform/temporary-folder-error.js';
import { migrate } from './migrate.js';
import { RecordedStateReader } from './read-state.js';
import { causedBy } from './state-error.js';
import { RecordedStateTransaction } from './write-state.js';

/** `lineage` undefined: nothing is recorded, and nothing is filled in. */
export function openTemporaryState(
  lineage: string | undefined,
  fill: (tx: StateTransaction) => void,
  clock: Clock,
): StateReader {
  const db = openDatabase(TEMPORARY, { translate: spaceError });
  try {
    db.transaction(() => {
      migrate(db, 'the temporary state');
      if (lineage === undefined) return;
      db.prepare('INSERT INTO state VALUES (1, ?, 0, 0)').run(lineage);
      fill(new RecordedStateTransaction(db, 0, clock));
    });
    return new RecordedStateReader(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function spaceError(error: unknown): unknown {
  for (const code of ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CANTOPEN']) {
    if (causedBy(error, code))
      return temporaryFolderError('the disk is full, or it cannot be written', error);
  }
  return error;
}
