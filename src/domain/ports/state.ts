/**
 * Recorded state: what ingest knows it wrote. Synchronous (better-sqlite3). Reads page by key, so that
 * writes may happen between two items of an iteration.
 */
import type { EventType, JournalEvent, NewEvent } from '../events.js';
import type {
  BatchRow,
  ChunkRow,
  CollectionRow,
  ContractRow,
  CursorRow,
  DocumentRow,
  IndexRow,
  IntentOperation,
  IntentRow,
  IntentStatus,
  LandedBatch,
  LandedPlace,
  LandedRow,
  LeaseHolder,
  NewIntent,
  RejectRow,
  RunRow,
  SourceRow,
  StateCounts,
  UsedPlan,
} from '../state-rows.js';

/** Everything that plan, drift, status and show may do. Opening it changes no byte of the file. */
export interface StateReader {
  /** Undefined when nothing was ever recorded (no file): lineage is minted by the first apply. */
  readonly lineage: string | undefined;
  serial(): number;
  collection(collectionId: string): CollectionRow | undefined;
  collections(): readonly CollectionRow[];
  index(manifestId: string): IndexRow | undefined;
  indexes(): readonly IndexRow[];
  counts(collectionId: string, manifestId: string | undefined): StateCounts;
  /** In uri order. */
  documents(collectionId: string, manifestId: string): Iterable<DocumentRow>;
  document(collectionId: string, manifestId: string, uri: string): DocumentRow | undefined;
  /** Up to `limit` uris of documents with this content, in order. */
  urisOfContent(
    collectionId: string,
    manifestId: string,
    contentSha256: string,
    limit: number,
  ): readonly string[];
  documentsBySource(collectionId: string, manifestId: string): ReadonlyMap<string, number>;
  /** In ordinal order. */
  chunks(collectionId: string, manifestId: string, uri: string): readonly ChunkRow[];
  /** All recorded chunks of a collection, of all manifests, in chunk_id order. */
  collectionChunks(collectionId: string): Iterable<ChunkRow & { readonly manifest_id: string }>;
  /** Up to `limit` recorded chunk ids of a collection at or after `from`, in id order. */
  sampleChunkIds(collectionId: string, from: string, limit: number): readonly string[];
  /** Documents whose last write was this run's, in uri order. */
  documentsOfRun(collectionId: string, manifestId: string, runId: string): Iterable<DocumentRow>;
  chunk(collectionId: string, chunkId: string): (ChunkRow & { readonly manifest_id: string }) | undefined;
  /** Uncleared intents in (uri, record_id) order. */
  intents(collectionId: string, manifestId: string): Iterable<IntentRow>;
  intentsOf(collectionId: string, manifestId: string, uri: string): readonly IntentRow[];
  intentCounts(collectionId: string, manifestId: string): Readonly<Record<IntentStatus, number>>;
  reject(manifestId: string, uri: string): RejectRow | undefined;
  /** In uri order. */
  rejects(manifestId: string): Iterable<RejectRow>;
  /** By source id. */
  contracts(manifestId: string): readonly ContractRow[];
  sources(manifestId: string): readonly SourceRow[];
  /** By source id. */
  cursors(manifestId: string): readonly CursorRow[];
  /** What the documents of a source were made with, each pair once. */
  recipesOf(
    collectionId: string,
    manifestId: string,
    sourceId: string,
  ): readonly { readonly gate_recipe: string; readonly chunk_recipe: string }[];
  /** Newest first, by when each was applied first. */
  batches(manifestId: string): readonly BatchRow[];
  /** In uri order. */
  landed(manifestId: string, batchId: string): Iterable<LandedRow>;
  /** The newest landed input of this uri with this content. */
  landedContent(manifestId: string, uri: string, contentSha256: string): LandedRow | undefined;
  /** Of all manifests, the newest first. */
  landedBatches(): readonly LandedBatch[];
  /** Those that name this blob. */
  landedAs(blob: string): readonly (LandedRow & LandedPlace)[];
  /** Newest first. */
  runs(limit: number): readonly RunRow[];
  /** Those that began before this one, newest first. */
  runsBefore(runId: string, limit: number): readonly RunRow[];
  /** By id or unambiguous prefix. @throws IngestError E505 */
  run(idOrPrefix: string): RunRow;
  /** In seq order; afterSeq 0 for all. */
  journal(runId: string | undefined, afterSeq: number): Iterable<JournalEvent>;
  /** Those of one run that are of these types, in seq order. */
  runEvents(runId: string, types: readonly EventType[]): Iterable<JournalEvent>;
  /** Of one type and manifest, newest first. */
  latestEvents(type: EventType, manifestId: string): Iterable<JournalEvent>;
  /** What happened to one document, in all runs, in seq order. Walks the whole journal. */
  journalOf(uri: string): Iterable<JournalEvent>;
  planUsed(planId: string, lineage: string, serial: number): string | undefined;
  /** In the order of their ids. */
  usedPlans(): Iterable<UsedPlan>;
  /** Who holds the lease now, as recorded; undefined when it is free. */
  leaseHolder(): LeaseHolder | undefined;
  close(): void;
}

/** All writes happen inside `transaction`: serial is bumped, the fence is tested, events are appended. */
export interface StateWriter extends StateReader {
  readonly lineage: string;
  readonly fence: number;
  /**
   * Runs fn in one IMMEDIATE transaction. @throws IngestError E504 when another run took the lease:
   * nothing of fn is kept. `durable: false` lets the fsync policy delay the fsync (never for intents).
   */
  transaction<T>(fn: (tx: StateTransaction) => T, options?: { readonly durable: boolean }): T;
}

export interface StateTransaction {
  append(event: NewEvent): void;
  putCollection(row: CollectionRow): void;
  /** Forgets a collection that is no longer in Chroma, with all that was recorded of it. */
  dropCollection(collectionId: string): void;
  putIndex(row: IndexRow): void;
  /** Forgets an index: its documents, chunks and intents in every collection, its rejects and sources. */
  dropIndex(manifestId: string): void;
  putDocument(collectionId: string, manifestId: string, row: DocumentRow, chunks: readonly ChunkRow[]): void;
  deleteDocument(collectionId: string, manifestId: string, uri: string): void;
  /** Inserts intents, status open, with this writer's fence. */
  openIntents(intents: readonly NewIntent[]): void;
  /** Marks this fence's intents of these records. */
  markIntents(
    collectionId: string,
    operation: IntentOperation,
    recordIds: readonly string[],
    status: 'confirmed' | 'unknown',
  ): void;
  /**
   * The document is done: deletes its intents, but keeps as `unsettled` those of other fences (open or unknown)
   * and those of this fence that were ever unknown, while now < settles_at.
   */
  clearIntents(collectionId: string, manifestId: string, uri: string, now: number): void;
  /** Deletes the manifest's unsettled intents whose time has passed. Returns how many. */
  expireIntents(manifestId: string, now: number): number;
  putReject(manifestId: string, row: RejectRow): void;
  deleteReject(manifestId: string, uri: string): void;
  putContract(manifestId: string, row: ContractRow): void;
  deleteContract(manifestId: string, sourceId: string): void;
  putSource(manifestId: string, row: SourceRow): void;
  putCursor(manifestId: string, row: CursorRow): void;
  /** A batch that was applied before keeps its first run and its place. */
  putBatch(manifestId: string, row: BatchRow): void;
  putLanded(manifestId: string, batchId: string, row: LandedRow): void;
  /** Forgets these landed inputs of a batch; the batch stays as history. */
  dropLanded(manifestId: string, batchId: string, uris: readonly string[]): void;
  /** Forgets what is landed of this uri as it was read: from now on its redacted form is what is kept. */
  dropRawLanded(manifestId: string, uri: string): void;
  putRun(row: RunRow): void;
  usePlan(planId: string, lineage: string, serial: number, runId: string): void;
  /**
   * Forgets collections, indexes, documents, chunks, intents and sources, and takes this lineage; runs, journal,
   * rejects and used plans stay.
   */
  startOver(lineage: string): void;
  /** Forgets a document with its chunks and intents. Chroma is not asked. */
  forgetDocument(collectionId: string, manifestId: string, uri: string): void;
}
