/** `StateReader` over an open database. Iterations page by key, so writes may happen between two items. */
import type { StateReader } from '../domain/ports/state.js';
import type {
  ChunkRow,
  CollectionRow,
  DocumentRow,
  IndexRow,
  IntentRow,
  IntentStatus,
  LeaseHolder,
  StateCounts,
} from '../domain/state-rows.js';
import { compareUtf8 } from '../domain/text.js';
import type { Database } from '../platform/sqlite.js';
import { mergeByKey, pages } from './page-rows.js';
import { RecordedHistory } from './read-history.js';
import { SCOPE } from './read-inputs.js';
import { COLUMNS, type StoredIndex, toIndexRow } from './rows.js';

const DOCUMENT = COLUMNS.documents.join(', ');
const CHUNK = COLUMNS.chunks.join(', ');
const INTENT = `s.collection_id, i.record_id, i.operation, i.fence, s.manifest_id, i.uri, i.status, i.run_id,
  i.settles_at FROM intents i JOIN scopes s ON s.no = i.scope`;

type OwnedChunk = ChunkRow & { readonly manifest_id: string };

export class RecordedStateReader extends RecordedHistory implements StateReader {
  readonly #onClose: () => void;

  /** onClose frees what lies beside the database, e.g. a temporary copy. */
  constructor(db: Database, onClose: () => void = () => {}) {
    super(db);
    this.#onClose = onClose;
  }

  get lineage(): string | undefined {
    return this.get<{ lineage: string }>('SELECT lineage FROM state')?.lineage;
  }

  serial(): number {
    return this.get<{ serial: number }>('SELECT serial FROM state')?.serial ?? 0;
  }

  collection(collectionId: string): CollectionRow | undefined {
    return this.get(`SELECT ${COLUMNS.collections} FROM collections WHERE collection_id = ?`, collectionId);
  }

  collections(): readonly CollectionRow[] {
    return this.all(`SELECT ${COLUMNS.collections} FROM collections ORDER BY collection_id`);
  }

  index(manifestId: string): IndexRow | undefined {
    const row = this.get<StoredIndex>(
      `SELECT ${COLUMNS.indexes} FROM indexes WHERE manifest_id = ?`,
      manifestId,
    );
    return row && toIndexRow(row);
  }

  indexes(): readonly IndexRow[] {
    return this.all<StoredIndex>(`SELECT ${COLUMNS.indexes} FROM indexes ORDER BY manifest_id`).map(
      toIndexRow,
    );
  }

  counts(collectionId: string, manifestId: string | undefined): StateCounts {
    const row = this.get<StateCounts>(
      `SELECT coalesce(sum(documents), 0) AS documents, coalesce(sum(chunks), 0) AS chunks
       FROM scopes WHERE collection_id = @collection AND (@manifest IS NULL OR manifest_id = @manifest)`,
      { collection: collectionId, manifest: manifestId ?? null },
    );
    return row ?? { documents: 0, chunks: 0 };
  }

  documents(collectionId: string, manifestId: string): Iterable<DocumentRow> {
    return pages(
      (last: DocumentRow | undefined, limit) =>
        this.all<DocumentRow>(
          `SELECT ${DOCUMENT} FROM documents WHERE scope = ${SCOPE} AND uri > ? ORDER BY uri LIMIT ?`,
          collectionId,
          manifestId,
          last?.uri ?? '',
          limit,
        ),
      500,
    );
  }

  document(collectionId: string, manifestId: string, uri: string): DocumentRow | undefined {
    return this.get(
      `SELECT ${DOCUMENT} FROM documents WHERE scope = ${SCOPE} AND uri = ?`,
      collectionId,
      manifestId,
      uri,
    );
  }

  urisOfContent(
    collectionId: string,
    manifestId: string,
    contentSha256: string,
    limit: number,
  ): readonly string[] {
    return this.all<{ uri: string }>(
      `SELECT uri FROM documents INDEXED BY documents_by_content
       WHERE scope = ${SCOPE} AND content_sha256 = ? ORDER BY uri LIMIT ?`,
      collectionId,
      manifestId,
      contentSha256,
      limit,
    ).map(({ uri }) => uri);
  }

  documentsBySource(collectionId: string, manifestId: string): ReadonlyMap<string, number> {
    const rows = this.all<{ source_id: string; n: number }>(
      `SELECT source_id, count(*) AS n FROM documents WHERE scope = ${SCOPE} GROUP BY source_id ORDER BY source_id`,
      collectionId,
      manifestId,
    );
    return new Map(rows.map((row) => [row.source_id, row.n]));
  }

  chunks(collectionId: string, manifestId: string, uri: string): readonly ChunkRow[] {
    return this.all(
      `SELECT ${CHUNK} FROM chunks WHERE scope = ${SCOPE} AND uri = ? ORDER BY ordinal, chunk_id`,
      collectionId,
      manifestId,
      uri,
    );
  }

  /** Each scope is one walk of its primary key; together they merge, so nothing is ever sorted. */
  *collectionChunks(collectionId: string): Iterable<OwnedChunk> {
    const walks = this.#scopes(collectionId).map((scope) =>
      pages(
        (last: OwnedChunk | undefined, limit) =>
          this.all<OwnedChunk>(
            `SELECT ${CHUNK}, ? AS manifest_id FROM chunks WHERE scope = ? AND chunk_id > ? ORDER BY chunk_id LIMIT ?`,
            scope.manifest_id,
            scope.no,
            last?.chunk_id ?? '',
            limit,
          ),
        1000,
      ),
    );
    yield* mergeByKey(walks, (chunk) => chunk.chunk_id);
  }

  sampleChunkIds(collectionId: string, from: string, limit: number): readonly string[] {
    const found = this.#scopes(collectionId).flatMap((scope) =>
      this.all<{ chunk_id: string }>(
        'SELECT chunk_id FROM chunks WHERE scope = ? AND chunk_id >= ? ORDER BY chunk_id LIMIT ?',
        scope.no,
        from,
        limit,
      ).map((row) => row.chunk_id),
    );
    return found.sort(compareUtf8).slice(0, limit);
  }

  documentsOfRun(collectionId: string, manifestId: string, runId: string): Iterable<DocumentRow> {
    return pages(
      (last: DocumentRow | undefined, limit) =>
        this.all<DocumentRow>(
          `SELECT ${DOCUMENT} FROM documents INDEXED BY documents_by_run
           WHERE scope = ${SCOPE} AND run_id = ? AND uri > ? ORDER BY uri LIMIT ?`,
          collectionId,
          manifestId,
          runId,
          last?.uri ?? '',
          limit,
        ),
      500,
    );
  }

  chunk(collectionId: string, chunkId: string): OwnedChunk | undefined {
    for (const scope of this.#scopes(collectionId)) {
      const row = this.get<OwnedChunk>(
        `SELECT ${CHUNK}, ? AS manifest_id FROM chunks WHERE scope = ? AND chunk_id = ?`,
        scope.manifest_id,
        scope.no,
        chunkId,
      );
      if (row !== undefined) return row;
    }
    return undefined;
  }

  intents(collectionId: string, manifestId: string): Iterable<IntentRow> {
    return pages(
      (last: IntentRow | undefined, limit) =>
        this.all<IntentRow>(
          `SELECT ${INTENT} WHERE i.scope = ${SCOPE}
             AND (i.uri, i.record_id, i.operation, i.fence) > (?, ?, ?, ?)
           ORDER BY i.uri, i.record_id, i.operation, i.fence LIMIT ?`,
          collectionId,
          manifestId,
          last?.uri ?? '',
          last?.record_id ?? '',
          last?.operation ?? '',
          last?.fence ?? -1,
          limit,
        ),
      500,
    );
  }

  intentsOf(collectionId: string, manifestId: string, uri: string): readonly IntentRow[] {
    return this.all(
      `SELECT ${INTENT} WHERE i.scope = ${SCOPE} AND i.uri = ? ORDER BY i.record_id, i.operation, i.fence`,
      collectionId,
      manifestId,
      uri,
    );
  }

  intentCounts(collectionId: string, manifestId: string): Readonly<Record<IntentStatus, number>> {
    const counts: Record<IntentStatus, number> = { open: 0, confirmed: 0, unknown: 0, unsettled: 0 };
    const rows = this.all<{ status: IntentStatus; n: number }>(
      `SELECT status, count(*) AS n FROM intents WHERE scope = ${SCOPE} GROUP BY status`,
      collectionId,
      manifestId,
    );
    for (const row of rows) counts[row.status] = row.n;
    return counts;
  }

  leaseHolder(): LeaseHolder | undefined {
    return this.get(`SELECT ${COLUMNS.lease} FROM lease`);
  }

  close(): void {
    this.db.close();
    this.#onClose();
  }

  #scopes(collectionId: string): { no: number; manifest_id: string }[] {
    return this.all(
      'SELECT no, manifest_id FROM scopes WHERE collection_id = ? ORDER BY manifest_id',
      collectionId,
    );
  }
}
