/** Intents: promises of one operation on one record, committed before they are sent. */
import type { IntentOperation, NewIntent } from '../domain/state-rows.js';
import type { Database } from '../platform/sqlite.js';

/** A redo of the same operation by the same fence opens the intent again and remembers that it was unknown. */
const OPEN = `INSERT INTO intents (scope, uri, record_id, operation, fence, status, run_id, settles_at)
  VALUES (@scope, @uri, @record_id, @operation, @fence, 'open', @run_id, @settles_at)
  ON CONFLICT (scope, uri, record_id, operation, fence) DO UPDATE
  SET status = 'open', run_id = excluded.run_id, settles_at = max(settles_at, excluded.settles_at)`;

const MARK = `UPDATE intents SET status = @status, was_unknown = max(was_unknown, @unknown)
  WHERE record_id = @record_id AND fence = @fence AND operation = @operation
    AND scope IN (SELECT no FROM scopes WHERE collection_id = @collection_id)`;

/** Whose request may still land although its document is done. */
const MAY_LAND = `settles_at > @now AND (was_unknown = 1 OR (fence <> @fence AND status <> 'confirmed'))`;

export function openIntents(
  db: Database,
  scopeOf: (collectionId: string, manifestId: string) => number,
  fence: number,
  intents: readonly NewIntent[],
): void {
  const insert = db.prepare(OPEN);
  for (const { collection_id, manifest_id, ...intent } of intents) {
    insert.run({ ...intent, scope: scopeOf(collection_id, manifest_id), fence });
  }
}

export function markIntents(
  db: Database,
  fence: number,
  collectionId: string,
  operation: IntentOperation,
  recordIds: readonly string[],
  status: 'confirmed' | 'unknown',
): void {
  const update = db.prepare(MARK);
  const unknown = status === 'unknown' ? 1 : 0;
  for (const record_id of recordIds) {
    update.run({ record_id, fence, operation, status, unknown, collection_id: collectionId });
  }
}

/** See StateTransaction.clearIntents. */
export function clearIntents(db: Database, fence: number, scope: number, uri: string, now: number): void {
  const of = { scope, uri, fence, now };
  db.prepare(`DELETE FROM intents WHERE scope = @scope AND uri = @uri AND NOT (${MAY_LAND})`).run(of);
  db.prepare(
    `UPDATE intents SET status = 'unsettled', was_unknown = 1 WHERE scope = @scope AND uri = @uri AND status <> 'unsettled'`,
  ).run(of);
}

/** Returns how many were deleted. */
export function expireIntents(db: Database, manifestId: string, now: number): number {
  return db
    .prepare(
      `DELETE FROM intents WHERE status = 'unsettled' AND settles_at <= ?
       AND scope IN (SELECT no FROM scopes WHERE manifest_id = ?)`,
    )
    .run(now, manifestId).changes;
}
