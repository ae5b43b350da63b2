/** What careful hands take out of the recorded state at once. Chroma is not asked. */
import type { Database } from '../platform/sqlite.js';

/** See StateTransaction.startOver. */
export function startOver(db: Database, lineage: string): void {
  for (const table of [
    'intents',
    'chunks',
    'documents',
    'scopes',
    'sources',
    'contracts',
    'cursors',
    'indexes',
    'collections',
  ]) {
    db.prepare(`DELETE FROM ${table}`).run();
  }
  db.prepare('UPDATE state SET lineage = ?').run(lineage);
}

/** See StateTransaction.dropIndex. */
export function dropIndex(db: Database, manifestId: string): void {
  for (const table of ['intents', 'chunks', 'documents']) {
    db.prepare(`DELETE FROM ${table} WHERE scope IN (SELECT no FROM scopes WHERE manifest_id = ?)`).run(
      manifestId,
    );
  }
  for (const table of [
    'scopes',
    'rejects',
    'sources',
    'contracts',
    'cursors',
    'batches',
    'landed',
    'indexes',
  ]) {
    db.prepare(`DELETE FROM ${table} WHERE manifest_id = ?`).run(manifestId);
  }
}
