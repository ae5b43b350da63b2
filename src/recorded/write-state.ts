/** What may be done inside one transaction. Lives as long as the writer; `RecordedStateWriter` opens the transactions. */
import { IngestError } from '../domain/errors.js';
import { JOURNAL_VERSION, type NewEvent } from '../domain/events.js';
import type { Clock } from '../domain/ports/clock.js';
import type { StateTransaction } from '../domain/ports/state.js';
import type {
  BatchRow,
  ChunkRow,
  CollectionRow,
  ContractRow,
  CursorRow,
  DocumentRow,
  IndexRow,
  IntentOperation,
  LandedRow,
  NewIntent,
  RejectRow,
  RunRow,
  SourceRow,
} from '../domain/state-rows.js';
import type { Database } from '../platform/sqlite.js';
import { dropIndex, startOver } from './forget-rows.js';
import { COLUMNS, upsertSql } from './rows.js';
import { clearIntents, expireIntents, markIntents, openIntents } from './write-intents.js';

const APPEND = `INSERT INTO journal (ts, run_id, manifest_id, type, journal_version, data)
  VALUES (@ts, @run_id, @manifest_id, @type, @journal_version, @data)`;
const PUT_COLLECTION = upsertSql('collections', ['collection_id'], COLUMNS.collections);
const PUT_INDEX = upsertSql('indexes', ['manifest_id'], COLUMNS.indexes);
const PUT_DOCUMENT = upsertSql('documents', ['scope', 'uri'], ['scope', ...COLUMNS.documents]);
const PUT_REJECT = upsertSql('rejects', ['manifest_id', 'uri'], ['manifest_id', ...COLUMNS.rejects]);
const PUT_SOURCE = upsertSql('sources', ['manifest_id', 'source_id'], ['manifest_id', ...COLUMNS.sources]);
const PUT_CURSOR = upsertSql('cursors', ['manifest_id', 'source_id'], ['manifest_id', ...COLUMNS.cursors]);
const PUT_BATCH = `INSERT INTO batches (manifest_id, ${COLUMNS.batches.join(', ')})
  VALUES (@manifest_id, ${COLUMNS.batches.map((name) => `@${name}`).join(', ')})
  ON CONFLICT (manifest_id, batch_id) DO UPDATE SET sources = excluded.sources, last_run = excluded.last_run`;
const PUT_LANDED = upsertSql(
  'landed',
  ['manifest_id', 'batch_id', 'uri'],
  ['manifest_id', 'batch_id', ...COLUMNS.landed],
);
const PUT_CONTRACT = upsertSql(
  'contracts',
  ['manifest_id', 'source_id'],
  ['manifest_id', ...COLUMNS.contracts],
);
const PUT_RUN = upsertSql('runs', ['run_id'], COLUMNS.runs);
const INSERT_CHUNK = `INSERT INTO chunks (scope, ${COLUMNS.chunks.join(', ')})
  VALUES (@scope, ${COLUMNS.chunks.map((name) => `@${name}`).join(', ')})`;

export class RecordedStateTransaction implements StateTransaction {
  readonly #db: Database;
  readonly #fence: number;
  readonly #clock: Clock;
  /** Since they were last reset by the writer. */
  events = 0;
  intents = 0;

  constructor(db: Database, fence: number, clock: Clock) {
    this.#db = db;
    this.#fence = fence;
    this.#clock = clock;
  }

  append(event: NewEvent): void {
    this.events++;
    this.#db.prepare(APPEND).run({
      ts: new Date(this.#clock.now()).toISOString(),
      run_id: event.run_id,
      manifest_id: event.manifest_id,
      type: event.type,
      journal_version: JOURNAL_VERSION,
      data: JSON.stringify(event.data),
    });
  }

  putCollection(row: CollectionRow): void {
    this.#db.prepare(PUT_COLLECTION).run({ ...row });
  }

  dropCollection(collectionId: string): void {
    const scopes = this.#db
      .prepare<{ no: number }>('SELECT no FROM scopes WHERE collection_id = ?')
      .all(collectionId);
    for (const { no } of scopes) {
      for (const table of ['documents', 'chunks', 'intents']) {
        this.#db.prepare(`DELETE FROM ${table} WHERE scope = ?`).run(no);
      }
    }
    this.#db.prepare('DELETE FROM scopes WHERE collection_id = ?').run(collectionId);
    this.#db.prepare('DELETE FROM collections WHERE collection_id = ?').run(collectionId);
  }

  startOver(lineage: string): void {
    startOver(this.#db, lineage);
  }

  forgetDocument(collectionId: string, manifestId: string, uri: string): void {
    const scope = this.#findScope(collectionId, manifestId);
    if (scope === undefined) return;
    this.deleteDocument(collectionId, manifestId, uri);
    this.#db.prepare('DELETE FROM intents WHERE scope = ? AND uri = ?').run(scope, uri);
  }

  dropIndex(manifestId: string): void {
    dropIndex(this.#db, manifestId);
  }

  putIndex(row: IndexRow): void {
    this.#db.prepare(PUT_INDEX).run({
      ...row,
      pins: JSON.stringify(row.pins),
      prevent_destroy: row.prevent_destroy ? 1 : 0,
    });
  }

  putDocument(collectionId: string, manifestId: string, row: DocumentRow, chunks: readonly ChunkRow[]): void {
    const scope = this.#scope(collectionId, manifestId);
    const known = this.#db
      .prepare<{ n: number }>('SELECT count(*) AS n FROM documents WHERE scope = ? AND uri = ?')
      .get(scope, row.uri);
    const dropped = this.#dropChunks(scope, row.uri);
    const insert = this.#db.prepare(INSERT_CHUNK);
    for (const chunk of chunks) insert.run({ ...chunk, scope });
    this.#db.prepare(PUT_DOCUMENT).run({ ...row, scope });
    this.#addCounts(scope, 1 - (known?.n ?? 0), chunks.length - dropped);
  }

  deleteDocument(collectionId: string, manifestId: string, uri: string): void {
    const scope = this.#findScope(collectionId, manifestId);
    if (scope === undefined) return;
    const chunks = this.#dropChunks(scope, uri);
    const documents = this.#db
      .prepare('DELETE FROM documents WHERE scope = ? AND uri = ?')
      .run(scope, uri).changes;
    this.#addCounts(scope, -documents, -chunks);
  }

  openIntents(intents: readonly NewIntent[]): void {
    this.intents += intents.length;
    openIntents(this.#db, (collection, manifest) => this.#scope(collection, manifest), this.#fence, intents);
  }

  markIntents(
    collectionId: string,
    operation: IntentOperation,
    recordIds: readonly string[],
    status: 'confirmed' | 'unknown',
  ): void {
    markIntents(this.#db, this.#fence, collectionId, operation, recordIds, status);
  }

  clearIntents(collectionId: string, manifestId: string, uri: string, now: number): void {
    const scope = this.#findScope(collectionId, manifestId);
    if (scope !== undefined) clearIntents(this.#db, this.#fence, scope, uri, now);
  }

  expireIntents(manifestId: string, now: number): number {
    return expireIntents(this.#db, manifestId, now);
  }

  putReject(manifestId: string, row: RejectRow): void {
    this.#db.prepare(PUT_REJECT).run({ ...row, codes: JSON.stringify(row.codes), manifest_id: manifestId });
  }

  deleteReject(manifestId: string, uri: string): void {
    this.#db.prepare('DELETE FROM rejects WHERE manifest_id = ? AND uri = ?').run(manifestId, uri);
  }

  putContract(manifestId: string, row: ContractRow): void {
    this.#db.prepare(PUT_CONTRACT).run({ ...row, manifest_id: manifestId });
  }

  deleteContract(manifestId: string, sourceId: string): void {
    this.#db
      .prepare('DELETE FROM contracts WHERE manifest_id = ? AND source_id = ?')
      .run(manifestId, sourceId);
  }

  putSource(manifestId: string, row: SourceRow): void {
    this.#db.prepare(PUT_SOURCE).run({ ...row, manifest_id: manifestId });
  }

  putCursor(manifestId: string, row: CursorRow): void {
    this.#db.prepare(PUT_CURSOR).run({ ...row, manifest_id: manifestId });
  }

  putBatch(manifestId: string, row: BatchRow): void {
    const sources = JSON.stringify(row.sources);
    this.#db.prepare(PUT_BATCH).run({ ...row, sources, manifest_id: manifestId });
  }

  putLanded(manifestId: string, batchId: string, row: LandedRow): void {
    this.#db.prepare(PUT_LANDED).run({ ...row, manifest_id: manifestId, batch_id: batchId });
  }

  dropLanded(manifestId: string, batchId: string, uris: readonly string[]): void {
    const drop = this.#db.prepare('DELETE FROM landed WHERE manifest_id = ? AND batch_id = ? AND uri = ?');
    for (const uri of uris) drop.run(manifestId, batchId, uri);
  }

  dropRawLanded(manifestId: string, uri: string): void {
    this.#db
      .prepare("DELETE FROM landed WHERE manifest_id = ? AND uri = ? AND form = 'raw'")
      .run(manifestId, uri);
  }

  putRun(row: RunRow): void {
    this.#db.prepare(PUT_RUN).run({ ...row, manifests: JSON.stringify(row.manifests) });
  }

  /** Insert first, let the loser notice. @throws IngestError E607 when a run used this plan already */
  usePlan(planId: string, lineage: string, serial: number, runId: string): void {
    const { changes } = this.#db
      .prepare('INSERT INTO used_plans VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(planId, lineage, serial, runId);
    if (changes > 0) return;
    throw new IngestError('E607', `plan ${planId.slice(0, 8)} was already applied`, {
      kind: 'input',
      advice: 'Plan again; a plan is used once.',
    });
  }

  #dropChunks(scope: number, uri: string): number {
    // Without the hint SQLite walks the scope by its primary key: every document would cost all of them.
    return this.#db
      .prepare('DELETE FROM chunks INDEXED BY chunks_by_document WHERE scope = ? AND uri = ?')
      .run(scope, uri).changes;
  }

  #addCounts(scope: number, documents: number, chunks: number): void {
    if (documents === 0 && chunks === 0) return;
    this.#db
      .prepare('UPDATE scopes SET documents = documents + ?, chunks = chunks + ? WHERE no = ?')
      .run(documents, chunks, scope);
  }

  #scope(collectionId: string, manifestId: string): number {
    const known = this.#findScope(collectionId, manifestId);
    if (known !== undefined) return known;
    const made = this.#db
      .prepare<{ no: number }>('INSERT INTO scopes (collection_id, manifest_id) VALUES (?, ?) RETURNING no')
      .get(collectionId, manifestId);
    if (made === undefined) throw new Error('INSERT ... RETURNING gave no row');
    return made.no;
  }

  #findScope(collectionId: string, manifestId: string): number | undefined {
    return this.#db
      .prepare<{ no: number }>('SELECT no FROM scopes WHERE collection_id = ? AND manifest_id = ?')
      .get(collectionId, manifestId)?.no;
  }
}
