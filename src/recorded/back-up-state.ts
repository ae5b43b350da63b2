/** A copy of the recorded state, taken before somebody's hands change it: whole, in one file, beside the state. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../platform/sqlite.js';
import { copyDatabase } from './copy-database.js';
import { STATE_FILE } from './open-state.js';
import { stateError } from './state-error.js';

/**
 * Returns the path of the backup. `stamp` names it; it must be new. The lease of `fence` is left out: whoever goes
 * back to the copy does not find it held by the run that made it. @throws IngestError E501
 */
export function backUpState(stateDir: string, stamp: string, fence: number | undefined): string {
  const folder = join(stateDir, 'backups');
  const target = join(folder, `ingest.${stamp}.db`);
  const temporary = `${target}.tmp`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The copy brings the log of a killed run with it; VACUUM INTO folds it in, and keeps application and version.
    const copy = copyDatabase(join(stateDir, STATE_FILE));
    try {
      const db = openDatabase(copy.file, { mustExist: true });
      try {
        if (fence !== undefined) db.prepare('DELETE FROM lease WHERE fence = ?').run(fence);
        db.prepare('VACUUM INTO ?').run(temporary);
      } finally {
        db.close();
      }
    } finally {
      copy.remove();
    }
    chmodSync(temporary, 0o600);
    const fd = openSync(temporary, 'r+');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, target);
    return target;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw stateError(error, target);
  }
}
