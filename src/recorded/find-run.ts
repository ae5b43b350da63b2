/** A run by its id or an unambiguous prefix, as people type it. */
import { IngestError } from '../domain/errors.js';
import type { RunRow } from '../domain/state-rows.js';
import type { Database } from '../platform/sqlite.js';
import { COLUMNS, type StoredRun, toRunRow } from './rows.js';

const RUN = `SELECT ${COLUMNS.runs} FROM runs`;

/** @throws IngestError E505 when no run, or more than one, begins so */
export function findRun(db: Database, idOrPrefix: string): RunRow {
  const exact = db.prepare<StoredRun>(`${RUN} WHERE run_id = ?`).get(idOrPrefix);
  if (exact !== undefined) return toRunRow(exact);
  const found =
    idOrPrefix === ''
      ? []
      : db
          .prepare<StoredRun>(
            `${RUN} WHERE upper(substr(run_id, 1, length(@typed))) = upper(@typed) ORDER BY no DESC LIMIT 6`,
          )
          .all({ typed: idOrPrefix });
  const [only, ...others] = found;
  if (only === undefined) {
    throw new IngestError('E505', `no run begins with "${idOrPrefix}"`, {
      kind: 'input',
      advice: 'List the recorded runs: ingest runs.',
    });
  }
  if (others.length > 0) {
    const ids = found.slice(0, 5).map((run) => run.run_id);
    throw new IngestError(
      'E505',
      `"${idOrPrefix}" is ambiguous: ${ids.join(', ')}${found.length > 5 ? ', ...' : ''}`,
      {
        kind: 'input',
        advice: 'Give more characters of the run id.',
      },
    );
  }
  return toRunRow(only);
}
