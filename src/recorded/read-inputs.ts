/** What is recorded of inputs: refused ones, contracts, cursors, batches, and what is in the landing store. */
import type {
  BatchRow,
  ContractRow,
  CursorRow,
  LandedBatch,
  LandedPlace,
  LandedRow,
  RejectRow,
  SourceRow,
} from '../domain/state-rows.js';
import type { Database, SqlParameter } from '../platform/sqlite.js';
import { pages } from './page-rows.js';
import { COLUMNS, type StoredBatch, type StoredReject, toBatchRow, toRejectRow } from './rows.js';

/** The rows of one manifest's index in one collection. */
export const SCOPE = '(SELECT no FROM scopes WHERE collection_id = ? AND manifest_id = ?)';

export class RecordedInputs {
  protected readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  reject(manifestId: string, uri: string): RejectRow | undefined {
    const row = this.get<StoredReject>(
      `SELECT ${COLUMNS.rejects} FROM rejects WHERE manifest_id = ? AND uri = ?`,
      manifestId,
      uri,
    );
    return row === undefined ? undefined : toRejectRow(row);
  }

  rejects(manifestId: string): Iterable<RejectRow> {
    return pages(
      (last: RejectRow | undefined, limit) =>
        this.all<StoredReject>(
          `SELECT ${COLUMNS.rejects} FROM rejects WHERE manifest_id = ? AND uri > ? ORDER BY uri LIMIT ?`,
          manifestId,
          last?.uri ?? '',
          limit,
        ).map(toRejectRow),
      500,
    );
  }

  contracts(manifestId: string): readonly ContractRow[] {
    return this.all(
      `SELECT ${COLUMNS.contracts} FROM contracts WHERE manifest_id = ? ORDER BY source_id`,
      manifestId,
    );
  }

  sources(manifestId: string): readonly SourceRow[] {
    return this.all(
      `SELECT ${COLUMNS.sources} FROM sources WHERE manifest_id = ? ORDER BY source_id`,
      manifestId,
    );
  }

  cursors(manifestId: string): readonly CursorRow[] {
    return this.all(
      `SELECT ${COLUMNS.cursors} FROM cursors WHERE manifest_id = ? ORDER BY source_id`,
      manifestId,
    );
  }

  recipesOf(collectionId: string, manifestId: string, sourceId: string) {
    return this.all<{ gate_recipe: string; chunk_recipe: string }>(
      `SELECT DISTINCT gate_recipe, chunk_recipe FROM documents WHERE scope = ${SCOPE} AND source_id = ?`,
      collectionId,
      manifestId,
      sourceId,
    );
  }

  batches(manifestId: string): readonly BatchRow[] {
    return this.all<StoredBatch>(
      `SELECT ${COLUMNS.batches} FROM batches WHERE manifest_id = ? ORDER BY no DESC`,
      manifestId,
    ).map(toBatchRow);
  }

  landed(manifestId: string, batchId: string): Iterable<LandedRow> {
    return pages(
      (last: LandedRow | undefined, limit) =>
        this.all<LandedRow>(
          `SELECT ${COLUMNS.landed} FROM landed WHERE manifest_id = ? AND batch_id = ? AND uri > ?
           ORDER BY uri LIMIT ?`,
          manifestId,
          batchId,
          last?.uri ?? '',
          limit,
        ),
      500,
    );
  }

  landedContent(manifestId: string, uri: string, contentSha256: string): LandedRow | undefined {
    return this.get<LandedRow>(
      `SELECT ${COLUMNS.landed} FROM landed WHERE manifest_id = ? AND uri = ? AND content_sha256 = ?
       ORDER BY run_id DESC LIMIT 1`,
      manifestId,
      uri,
      contentSha256,
    );
  }

  landedBatches(): readonly LandedBatch[] {
    return this.all<LandedBatch>(
      `SELECT manifest_id, batch_id, count(*) AS inputs, max(run_id) AS run_id FROM landed
       GROUP BY manifest_id, batch_id ORDER BY max(run_id) DESC, manifest_id, batch_id`,
    );
  }

  landedAs(blob: string): readonly (LandedRow & LandedPlace)[] {
    return this.all<LandedRow & LandedPlace>(
      `SELECT manifest_id, batch_id, ${COLUMNS.landed} FROM landed WHERE blob = ?`,
      blob,
    );
  }

  protected get<Row>(sql: string, ...parameters: readonly SqlParameter[]): Row | undefined {
    return this.db.prepare<Row>(sql).get(...parameters);
  }

  protected all<Row>(sql: string, ...parameters: readonly SqlParameter[]): Row[] {
    return this.db.prepare<Row>(sql).all(...parameters);
  }
}
