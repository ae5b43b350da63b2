/** The lease's row: who may write. Taken and freed in IMMEDIATE transactions, which SQLite serialises. */
import { randomUUID } from 'node:crypto';
import type { LeaseHolder } from '../domain/state-rows.js';
import type { Database } from '../platform/sqlite.js';
import { migrate, schemaVersion } from './migrate.js';
import { COLUMNS } from './rows.js';

export type Claimant = Omit<LeaseHolder, 'fence' | 'run_id'> & {
  /**
   * @param newest greatest id that any run of this state had, whatever the clock said then; undefined before the first
   * @returns a greater one, so that run ids sort in the order in which runs took the lease
   */
  readonly mintRunId: (newest: string | undefined) => string;
};

export type Claim =
  | { readonly taken: true; readonly fence: number; readonly lineage: string; readonly runId: string }
  | { readonly taken: false; readonly holder: LeaseHolder };

/**
 * Takes the lease when it is free, or when it is still held under the fence `over`. Whoever takes it also
 * brings the schema up to date and mints the lineage, once, in the same transaction: nobody migrates a
 * file that another run is writing.
 */
export function claimLease(db: Database, file: string, claimant: Claimant, over: number | undefined): Claim {
  return db.transaction((): Claim => {
    if (schemaVersion(db, file) > 0) {
      const holder = readHolder(db);
      if (holder !== undefined && holder.fence !== over) return { taken: false, holder };
    }
    migrate(db, file);
    db.prepare('INSERT INTO state VALUES (1, ?, 0, 0) ON CONFLICT DO NOTHING').run(randomUUID());
    const state = db
      .prepare<{ lineage: string; fence: number }>(
        'UPDATE state SET fence = fence + 1 RETURNING lineage, fence',
      )
      .get();
    if (state === undefined) throw new Error('the row of the state is missing');
    const { mintRunId, ...row } = claimant;
    const runId = mintRunId(newestRunId(db));
    db.prepare(
      `INSERT OR REPLACE INTO lease (id, ${COLUMNS.lease.join(', ')})
       VALUES (1, ${COLUMNS.lease.map((name) => `@${name}`).join(', ')})`,
    ).run({ ...row, run_id: runId, fence: state.fence });
    return { taken: true, runId, ...state };
  }, 'immediate');
}

/** Also the holder's that is taken over: it may have died before its run was recorded. */
function newestRunId(db: Database): string | undefined {
  return (
    db
      .prepare<{ newest: string | null }>(
        'SELECT max(run_id) AS newest FROM (SELECT max(run_id) AS run_id FROM runs UNION ALL SELECT run_id FROM lease)',
      )
      .get()?.newest ?? undefined
  );
}

export function readHolder(db: Database): LeaseHolder | undefined {
  return db.prepare<LeaseHolder>(`SELECT ${COLUMNS.lease.join(', ')} FROM lease`).get();
}

/** Frees the lease if it is still this fence's. */
export function releaseLease(db: Database, fence: number): void {
  db.prepare('DELETE FROM lease WHERE fence = ?').run(fence);
}
