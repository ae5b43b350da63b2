/** Applies the changes of one index: documents first, in plan order, then the stale ones; then looks. */

import { recordedPolicy } from '../diff/policy-changes.js';
import type { ProgressEvent } from '../domain/events.js';
import type { Change } from '../domain/plan.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';
import type { LandingStore } from '../domain/ports/landing.js';
import type { LiveCollection, LiveDatabase } from '../domain/ports/live.js';
import type { StateTransaction, StateWriter } from '../domain/ports/state.js';
import type { Stopwatch } from '../domain/ports/stopwatch.js';
import type { CollectionRow, IndexRow } from '../domain/state-rows.js';
import type { ExecutableIndex } from '../plan/executable-plan.js';
import type { PlanContext } from '../plan/plan-context.js';
import { newestGeneration } from '../plan/replacement/surplus-previous.js';
import { advanceCursors } from './advance-cursors.js';
import { deleteStale } from './delete-stale.js';
import type { IndexOutcome } from './index-outcome.js';
import { type HeldWriter, IndexRun } from './index-run.js';
import { landCurrent } from './land-inputs.js';
import { claimRun, type OpenedCollection, openCollection } from './open-collection.js';
import { type PrepareDeps, prepareWork } from './prepare-work.js';
import { recordBatch } from './record-batch.js';
import { contractsToRecord, recordContracts } from './record-contracts.js';
import { recordRejects } from './record-rejects.js';
import { carryDocuments } from './replacement/carry-documents.js';
import { discardStaging } from './replacement/discard-staging.js';
import { finishSwap } from './replacement/finish-swap.js';
import { openStaging } from './replacement/open-staging.js';
import { restPinned } from './replacement/rest-pinned.js';
import { forgetOlder } from './replacement/swap-collections.js';
import { plannedAnchors } from './run-anchors.js';
import type { RunRecorder } from './run-recorder.js';
import { strictSync } from './strict-sync.js';
import type { DocumentWork, PreparedFailure } from './work.js';
import { writeWorks } from './write-works.js';

export interface ApplyIndexDeps {
  readonly writer: HeldWriter;
  readonly recorder: RunRecorder;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly database: LiveDatabase;
  readonly embedder: Embedder;
  readonly cache: EmbeddingCache;
  readonly landing: LandingStore;
  readonly requestTimeoutMs: number;
  readonly onProgress: (event: ProgressEvent) => void;
  readonly stopwatch: Stopwatch;
  /** A saved plan's changes, when only those may be executed. */
  readonly changes: () => Iterable<Change>;
  /** False when this run is to do a part of what is found: --only, or a saved plan with less in it. */
  readonly whole: boolean;
  /** Called once, before anything is written: a failed run still tells what it did. */
  readonly onRun: (run: IndexRun) => void;
}

const DOCUMENT_ACTIONS: ReadonlySet<string> = new Set(['create', 'move', 'update', 'replace']);

export async function applyIndex(deps: ApplyIndexDeps, index: ExecutableIndex): Promise<IndexOutcome> {
  const { writer, recorder, embedder, database } = deps;
  const { context, header } = index;
  const { manifest, replacement } = context;
  const startRun = (collection: LiveCollection): IndexRun => newRun(deps, index, collection);
  if (context.pending !== undefined) {
    await finishSwap(startRun(context.pending.next), database, writer, context, embedder.fingerprint);
  }
  if (context.pin !== undefined && context.live.collection !== undefined) {
    return restPinned(startRun(context.live.collection), context, writer);
  }
  if (context.discard !== undefined) {
    const run = startRun(context.discard);
    await discardStaging(run, database, context.discard);
    const { targetId: target } = database;
    await forgetOlder(
      run,
      database,
      writer,
      { name: manifest.target.collection, target },
      context.keepPrevious,
    );
  }
  const recorded = writer.index(manifest.manifest_id);
  const opened = await open(deps, context, recorded);
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
  // Until the swap searchers see the old collection, and so the recorded pointer stays on it.
  const meanwhile = replacement === undefined ? row : pointingAt(row, recorded);
  writer.transaction((tx) => {
    if (opened.created || writer.collection(collection.id) === undefined) tx.putCollection(opened.row);
    if (meanwhile !== undefined) tx.putIndex(meanwhile);
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
  const run = startRun(collection);
  deps.onRun(run);
  await claimRun(run, manifest, {
    recipe: opened.row.vector_recipe,
    protect: context.protection.next,
    stranger: context.live.stranger,
  });

  run.progress();
  await writeWorks(run, (signal) => produce(deps, index, run, signal), deps.signal);
  const rejected = run.stopped() ? [] : await recordRejects(run, context, deps.landing, deps.changes());
  if (!run.stopped()) await landCurrent(run, context, deps.landing);
  await deleteStale(run, context, filter(deps.changes(), isStale));
  if (replacement !== undefined && !run.stopped()) await carryOver(deps, context, run);
  const unfinished = { run, rejected, sync: undefined, live: undefined, clean: false, staged: undefined };
  if (run.stopped()) return unfinished;

  const { sync, live } = await deps.stopwatch.time('strict sync', () =>
    strictSync(run, context, writer, database, row, deps.changes()),
  );
  const { whole } = deps;
  const clean = sync.ok && run.failures.length === 0 && header.coverage.failed === 0;
  const collectionRow = {
    ...opened.row,
    dimension: embedder.dimensions ?? opened.row.dimension,
    foreign_count: live.foreign,
  };
  const contracts = clean && whole ? contractsToRecord(writer, context) : undefined;
  const record = (tx: StateTransaction): void => {
    tx.putIndex({
      ...row,
      // A part of the input is no batch: the next whole apply says which one is in the index.
      batch_id:
        clean && context.options.input === undefined ? (whole ? header.batch_id : null) : row.batch_id,
      last_good_run: clean ? run.runId : row.last_good_run,
    });
    if (contracts !== undefined) recordContracts(tx, manifest.manifest_id, run.runId, contracts);
    for (const source of whole ? header.sources : []) {
      tx.putSource(manifest.manifest_id, {
        source_id: source.source_id,
        type: source.type,
        fingerprint: source.fingerprint,
        documents: source.documents,
        run_id: run.runId,
      });
    }
    if (whole && clean) advanceCursors(tx, run, context, header);
    const ofInput = context.options.input !== undefined && context.options.only.length === 0;
    if (clean && (whole || ofInput)) recordBatch(tx, run.runId, context, header);
  };
  writer.transaction((tx) => {
    // Only what could no longer land when this run began to look, and where it looked and mended all that it saw.
    const looked = clean && whole && context.live.summary.status !== 'not-checked';
    if (looked) tx.expireIntents(manifest.manifest_id, Date.parse(recorder.facts.started_at));
    tx.putCollection(collectionRow);
    if (replacement === undefined) record(tx);
    if (replacement === undefined && clean)
      for (const gone of goneBefore(writer, collectionRow)) tx.dropCollection(gone);
  });
  const built = sync.ok && run.failures.length === 0;
  const staged = replacement && { context, database, row: collectionRow, built, clean, record };
  return { run, rejected, sync, live, clean: clean && replacement === undefined, staged };
}

/** Collections that had the name before and were lost: no index is recorded of them any more. */
function goneBefore(writer: StateWriter, { collection_id, name, target }: CollectionRow): string[] {
  const pointedAt = new Set(writer.indexes().map((index) => index.collection_id));
  return writer
    .collections()
    .filter((row) => row.role === 'live' && row.name === name && row.target === target)
    .map((row) => row.collection_id)
    .filter((id) => id !== collection_id && !pointedAt.has(id));
}

function newRun(
  deps: ApplyIndexDeps,
  { context, header }: ExecutableIndex,
  collection: LiveCollection,
): IndexRun {
  return new IndexRun({
    manifestId: context.manifest.manifest_id,
    traceId: deps.recorder.facts.trace_id,
    input: plannedAnchors(deps.writer, header),
    collection,
    writer: deps.writer,
    recorder: deps.recorder,
    clock: deps.clock,
    signal: deps.signal,
    requestTimeoutMs: deps.requestTimeoutMs,
    maxBatch: deps.database.server.maxBatch,
    onProgress: deps.onProgress,
    stopwatch: deps.stopwatch,
    cached: (texts) => deps.cache.get(deps.embedder.fingerprint, texts),
    embedStats: () => deps.embedder.stats(),
  });
}

function open(
  deps: ApplyIndexDeps,
  context: PlanContext,
  recorded: IndexRow | undefined,
): Promise<OpenedCollection> {
  const { writer, database, embedder } = deps;
  const { manifest, replacement, protection } = context;
  const { fingerprint } = embedder;
  const claim = { protect: protection.next, assertHeld: () => writer.assertHeld() };
  if (replacement !== undefined) {
    return openStaging(database, context, replacement, writer, fingerprint, claim);
  }
  const row = recorded === undefined ? undefined : writer.collection(recorded.collection_id);
  const previous = row && { ...row, generation: newestGeneration(writer, row.name, row.target) };
  const planned = context.live.replaced ? undefined : recorded?.collection_id;
  return openCollection(database, manifest, writer.lineage, fingerprint, previous, planned, claim);
}

function pointingAt(row: IndexRow, recorded: IndexRow | undefined): IndexRow | undefined {
  return recorded === undefined ? undefined : { ...recorded, last_run: row.last_run };
}

async function* produce(
  deps: ApplyIndexDeps,
  index: ExecutableIndex,
  run: IndexRun,
  signal: AbortSignal,
): AsyncGenerator<DocumentWork | PreparedFailure> {
  const prepareDeps: PrepareDeps = {
    context: index.context,
    collection: run.collection,
    embedder: deps.embedder,
    cache: deps.cache,
    landing: deps.landing,
    runId: run.runId,
    signal,
  };
  for (const change of filter(deps.changes(), isDocument)) {
    if (run.stopped()) return;
    yield await deps.stopwatch.time('prepare', () => prepareWork(prepareDeps, change));
  }
}

/** Of an index that is built anew: what stays although it cannot be read now is taken over from the old one. */
async function carryOver(
  deps: ApplyIndexDeps,
  { replacement, rowsOf, scratch }: PlanContext,
  run: IndexRun,
): Promise<void> {
  if (replacement?.old === undefined || rowsOf === undefined || run.failures.length > 0) return;
  const { old, sameVectors } = replacement;
  function* uris(): Generator<string> {
    yield* scratch.keptUris(run.manifestId);
    for (const change of deps.changes()) if (change.action === 'withheld') yield change.uri;
  }
  await carryDocuments(run, deps, { state: deps.writer, old, rowsOf, sameVectors, uris: uris() });
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
