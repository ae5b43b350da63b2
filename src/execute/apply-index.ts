/** Applies the changes of one index: documents first, in plan order, then the stale ones; then looks. */

import { recordedPolicy } from '../diff/policy-changes.js';
import type { ProgressEvent } from '../domain/events.js';
import type { Change, LiveSummary } from '../domain/plan.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';
import type { LiveDatabase } from '../domain/ports/live.js';
import type { IndexRow } from '../domain/ports/state.js';
import type { StrictSync } from '../domain/results.js';
import type { ExecutableIndex } from '../plan/build-plan.js';
import { deleteStale } from './delete-stale.js';
import { type HeldWriter, IndexRun } from './index-run.js';
import { lookAhead } from './look-ahead.js';
import { claimRun, openCollection } from './open-collection.js';
import { type PrepareDeps, prepareWork } from './prepare-work.js';
import { type RejectedDocument, recordRejects } from './record-rejects.js';
import type { RunRecorder } from './run-recorder.js';
import { strictSync } from './strict-sync.js';
import { type DocumentWork, type PreparedFailure, weightOf } from './work.js';
import { DocumentWriter } from './write-documents.js';

/** Chunks prepared and embedding ahead of the writer: a few batches, so that neither side waits. */
const AHEAD = 4000;

export interface ApplyIndexDeps {
  readonly writer: HeldWriter;
  readonly recorder: RunRecorder;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly database: LiveDatabase;
  readonly embedder: Embedder;
  readonly cache: EmbeddingCache;
  readonly requestTimeoutMs: number;
  readonly onProgress: (event: ProgressEvent) => void;
  /** A saved plan's changes, when only those may be executed. */
  readonly changes: () => Iterable<Change>;
  /** Called once, before anything is written: a failed run still tells what it did. */
  readonly onRun: (run: IndexRun) => void;
}

export interface IndexOutcome {
  readonly run: IndexRun;
  readonly rejected: readonly RejectedDocument[];
  readonly sync: StrictSync | undefined;
  readonly live: LiveSummary | undefined;
  /** Everything that could be read was written, and found in live: the index is what was declared. */
  readonly clean: boolean;
}

const DOCUMENT_ACTIONS: ReadonlySet<string> = new Set(['create', 'move', 'update']);

export async function applyIndex(deps: ApplyIndexDeps, index: ExecutableIndex): Promise<IndexOutcome> {
  const { writer, recorder, embedder } = deps;
  const { context, header } = index;
  const manifest = context.manifest;
  const recorded = writer.index(manifest.manifest_id);
  const previous = recorded === undefined ? undefined : writer.collection(recorded.collection_id);
  const opened = await openCollection(
    deps.database,
    manifest,
    writer.lineage,
    embedder.fingerprint,
    previous,
    context.live.replaced ? undefined : recorded?.collection_id,
    { protect: context.protection.next, assertHeld: () => writer.assertHeld() },
  );
  const { collection } = opened;
  const row: IndexRow = {
    manifest_id: manifest.manifest_id,
    collection_id: collection.id,
    manifest_sha256: manifest.sha256,
    manifest_file: manifest.file,
    batch_id: recorded?.batch_id ?? null,
    pins: context.preparer.pins,
    policy: recordedPolicy(manifest.policy, context.protection.next),
    prevent_destroy: context.protection.next,
    last_run: recorder.facts.run_id,
    last_good_run: recorded?.last_good_run ?? null,
  };
  writer.transaction((tx) => {
    if (opened.created || writer.collection(collection.id) === undefined) tx.putCollection(opened.row);
    tx.putIndex(row);
    const policy = header.index_actions.filter(({ changes }) => changes !== undefined);
    if (policy.length > 0) {
      tx.append({
        type: 'POLICY_CHANGED',
        run_id: recorder.facts.run_id,
        manifest_id: manifest.manifest_id,
        data: { changes: policy.flatMap(({ changes }) => changes ?? []) },
      });
    }
    recorder.save(tx);
  });
  const run = new IndexRun({
    manifestId: manifest.manifest_id,
    batchId: header.batch_id,
    traceId: recorder.facts.trace_id,
    fingerprints: new Map(header.sources.map((source) => [source.source_id, source.fingerprint])),
    collection,
    writer,
    recorder,
    clock: deps.clock,
    signal: deps.signal,
    requestTimeoutMs: deps.requestTimeoutMs,
    maxBatch: deps.database.server.maxBatch,
    onProgress: deps.onProgress,
    embedStats: () => embedder.stats(),
  });
  deps.onRun(run);
  await claimRun(run, manifest, { protect: context.protection.next, stranger: context.live.stranger });

  run.progress();
  await writeDocuments(deps, index, run);
  const rejected = run.stopped() ? [] : recordRejects(run, context, deps.changes());
  await deleteStale(run, context, filter(deps.changes(), isStale));
  if (run.stopped()) return { run, rejected, sync: undefined, live: undefined, clean: false };

  const { sync, live } = await strictSync(run, context, writer, deps.database);
  const whole = context.options.only.length === 0;
  const clean = sync.ok && run.failures.length === 0 && header.coverage.failed === 0;
  writer.transaction((tx) => {
    // Only what could no longer land when this run began to look, and where it looked and mended all that it saw.
    const looked = clean && whole && context.live.summary.status !== 'not-checked';
    if (looked) tx.expireIntents(manifest.manifest_id, Date.parse(recorder.facts.started_at));
    tx.putCollection({
      ...opened.row,
      dimension: embedder.dimensions ?? opened.row.dimension,
      foreign_count: live.foreign,
    });
    tx.putIndex({
      ...row,
      // A part of the input is no batch: the next whole apply says which one is in the index.
      batch_id: clean ? (whole ? header.batch_id : null) : row.batch_id,
      last_good_run: clean ? run.runId : row.last_good_run,
    });
    for (const source of whole ? header.sources : []) {
      tx.putSource(manifest.manifest_id, {
        source_id: source.source_id,
        type: source.type,
        fingerprint: source.fingerprint,
        documents: source.documents,
        run_id: run.runId,
      });
    }
  });
  return { run, rejected, sync, live, clean };
}

async function writeDocuments(deps: ApplyIndexDeps, index: ExecutableIndex, run: IndexRun): Promise<void> {
  // Embedding ahead ends with the writing, also when that fails: nobody would take the vectors.
  const ended = new AbortController();
  const prepareDeps: PrepareDeps = {
    context: index.context,
    collection: run.collection,
    embedder: deps.embedder,
    cache: deps.cache,
    signal: AbortSignal.any([deps.signal, ended.signal]),
  };
  async function* produce(): AsyncGenerator<DocumentWork | PreparedFailure> {
    for (const change of filter(deps.changes(), isDocument)) {
      if (run.stopped()) return;
      yield await prepareWork(prepareDeps, change);
    }
  }
  const writer = new DocumentWriter(run);
  try {
    for await (const work of lookAhead(produce(), weightOf, AHEAD)) {
      if (run.stopped()) break;
      if (!('document' in work)) {
        fail(run, work.change.uri, work.failure);
        continue;
      }
      const outcome = await interruptible(work.vectors, run);
      if (outcome === undefined) break;
      const [failure] = outcome.failures;
      if (failure === undefined) await writer.add(work, outcome.vectors);
      else fail(run, work.change.uri, `cannot be embedded: ${failure.error.message}`);
    }
    if (!run.stopped()) await writer.flush();
  } finally {
    ended.abort(new Error('the run ended'));
  }
}

/** A signal aborts embedding: that is an interruption, not an error. */
async function interruptible<T>(promise: Promise<T>, run: IndexRun): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (run.stopped()) return undefined;
    throw error;
  }
}

function fail(run: IndexRun, uri: string, message: string): void {
  run.transaction((tx) => tx.append(run.event('DOC_FAILED', { uri, message })));
  run.failed(uri, message);
}

function isDocument(change: Change): boolean {
  return DOCUMENT_ACTIONS.has(change.action) || (change.action === 'repair' && change.after !== null);
}

function isStale(change: Change): boolean {
  if (change.action === 'reject') return change.resume;
  return change.action === 'delete' || (change.action === 'repair' && change.after === null);
}

function* filter(changes: Iterable<Change>, keep: (change: Change) => boolean): Generator<Change> {
  for (const change of changes) if (keep(change)) yield change;
}
