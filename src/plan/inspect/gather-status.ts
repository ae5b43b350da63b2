/** The six morning-after answers, from recorded state alone. Pure of IO but for reading the state. */

import { stagingName } from '../../domain/collection-names.js';
import { JOURNAL_VERSION } from '../../domain/events.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { StatusIndex, StatusReport } from '../../domain/results.js';
import { readCounters } from '../../domain/run-counters.js';
import type { CollectionRow, CursorRow, IndexRow, RejectRow, RunRow } from '../../domain/state-rows.js';
import { endedWell, finishedCleanly } from '../live-view/mark-unfinished.js';
import { adviceOf, type RunFacts, waysToRun } from './ways-to-run.js';

const SAMPLES = 3;

/** `desired` undefined: no manifest could be loaded, which status survives. */
export function gatherStatus(
  state: StateReader,
  desired: DesiredState | undefined,
  environment: string,
  lease: StatusReport['lease'],
): StatusReport {
  const indexes = state.indexes().map((index) => statusOf(state, desired, index, lease));
  const recorded = new Set(indexes.map((index) => index.manifest_id));
  const notApplied = (desired?.manifests ?? [])
    .map((manifest) => manifest.manifest_id)
    .filter((id) => !recorded.has(id));
  const open =
    indexes.length === 0 ||
    notApplied.length > 0 ||
    indexes.some((index) => index.resume_active || index.failed_since !== undefined);
  const ending = state.indexes().find((index) => isEnding(state, index));
  const command = ending === undefined ? 'apply' : 'destroy';
  const which = ending === undefined ? '' : ` --index ${ending.manifest_id}`;
  return {
    environment,
    lineage: state.lineage ?? null,
    serial: state.serial(),
    lease,
    indexes,
    not_applied: notApplied,
    next: lease === null && open ? `ingest ${command} --env ${environment}${which}` : '',
  };
}

function statusOf(
  state: StateReader,
  desired: DesiredState | undefined,
  index: IndexRow,
  lease: StatusReport['lease'],
): StatusIndex {
  const { manifest_id: id, collection_id: collectionId } = index;
  const declared = desired?.manifests.find((manifest) => manifest.manifest_id === id);
  const collection = state.collection(collectionId);
  const lastRun = index.last_run === null ? null : state.run(index.last_run);
  const counters = readCounters(lastRun ?? undefined);
  const counts = state.counts(collectionId, id);
  const intents = state.intentCounts(collectionId, id);
  const part = unfinishedUris(state, index);
  const unclean = lastRun !== null && !endedWell(index) && !finishedCleanly(lastRun.outcome);
  const running = lease !== null && lease.run_id === index.last_run;
  const replacement = replacementOf(state, index, collection);
  const pinned = collection?.pinned == null ? undefined : { generation: collection.generation };
  const resume = part > 0 || unclean || replacement !== null;
  const failedSince = failedAfter(state, index, lease);
  const facts = {
    running,
    ran: lastRun !== null,
    outcome: failedSince === undefined ? (lastRun?.outcome ?? null) : 'failed',
    reason: failedSince === undefined ? (lastRun?.reason ?? null) : failedSince.reason,
    resume,
    replacement,
    windowed: (declared?.sources ?? []).filter(({ load }) => load.cursor !== undefined).map((one) => one.id),
    landing: landingOf(state, id, declared),
  };
  const cursors = state.cursors(id);
  return {
    manifest_id: id,
    declared: declared !== undefined,
    manifest_sha256: index.manifest_sha256,
    manifest_unchanged: declared === undefined ? null : declared.sha256 === index.manifest_sha256,
    batch_id: index.batch_id,
    collection: collection?.name ?? collectionId,
    target: collection === undefined ? '' : describeTargetId(collection.target),
    last_run: lastRun,
    last_good_run: index.last_good_run === null ? null : state.run(index.last_good_run),
    ...(failedSince === undefined ? {} : { failed_since: failedSince }),
    documents: counts.documents,
    chunks: counts.chunks,
    documents_total: counters.documents_total ?? null,
    documents_done: counters.documents_done ?? null,
    checkpoint: counters.checkpoint ?? null,
    committed_batches: counters.committed_batches ?? 0,
    chunks_upserted_total: counters.chunks_upserted_total ?? 0,
    intents,
    in_part: part,
    rejects: count(state.rejects(id)),
    quarantined: countQuarantined(state.rejects(id)),
    samples: samplesOf(state, index),
    searchers: searchersOf(counts.documents, part, unclean, replacement),
    replacement,
    ...(pinned === undefined ? {} : { pinned }),
    advice:
      !running && pinned !== undefined && !resume
        ? PINNED
        : !running && isEnding(state, index)
          ? 're-run the destroy: it was stopped; an apply would build the index again instead'
          : adviceOf(facts),
    ways: waysToRun(facts),
    cursor: cursorText(cursors),
    cursors,
    journal_version: JOURNAL_VERSION,
    run_id: lastRun?.run_id ?? null,
    done_docs: counters.documents_done ?? counts.documents,
    open_intents: intents.open + intents.unknown,
    resume_active: resume,
    resume_reason: !resume
      ? 'nothing is open'
      : replacement !== null
        ? replacement.phase === 'swapping'
          ? 'a swap is half done'
          : `${replacement.collection} is being built`
        : part > 0
          ? `${part} ${part === 1 ? 'document' : 'documents'} in part`
          : `run ${lastRun?.run_id.slice(0, 8) ?? ''} ${lastRun?.outcome ?? 'was killed'}`,
    fsync: counters.fsync ?? null,
  };
}

function landingOf(state: StateReader, id: string, declared: Manifest | undefined): RunFacts['landing'] {
  if (state.batches(id).some(({ sources }) => sources.some(({ landed }) => landed))) return 'some';
  return declared?.sources.every(({ landing }) => landing !== true) === true ? 'off' : 'none';
}

const LOOK_BACK = 100;

/** What happened last to an index need not have written to it: Chroma was away, or a collection was not ours. */
function failedAfter(
  state: StateReader,
  { manifest_id, last_run }: IndexRow,
  lease: StatusReport['lease'],
): RunRow | undefined {
  for (const run of state.runs(LOOK_BACK)) {
    if (last_run !== null && run.run_id <= last_run) return undefined;
    if (!run.manifests.includes(manifest_id) || run.run_id === lease?.run_id) continue;
    // Partial is clean, but for a run that saw nothing of a source.
    const fine = finishedCleanly(run.outcome) && run.reason !== 'sources_unreadable';
    return fine ? undefined : run;
  }
  return undefined;
}

/** `tickets 2026-01-06T00:00:00.000000000Z`; null where none was ever recorded. */
function cursorText(cursors: readonly CursorRow[]): string | null {
  const texts = cursors.flatMap(({ source_id, cursor }) =>
    cursor === null ? [] : [`${source_id} ${cursor}`],
  );
  return texts.length === 0 ? null : texts.join(', ');
}

const PINNED =
  'nothing: a rollback pinned it, until the manifest wants another model or distance, or `ingest rollback --unpin`';

/** Told by the recorded state alone: what was recorded in the role `staging` for this collection's name. */
function replacementOf(
  state: StateReader,
  index: IndexRow,
  live: CollectionRow | undefined,
): StatusIndex['replacement'] {
  const begun =
    swappingTo(state, index) ??
    state
      .collections()
      .find((row) => row.role === 'staging' && (row.name === live?.name || holds(state, row, index)));
  if (begun === undefined) return null;
  const { documents, chunks } = state.counts(begun.collection_id, index.manifest_id);
  const phase = isSwapping(state, index, begun.collection_id) ? 'swapping' : 'building';
  return { phase, collection: stagingName(begun.name), documents, chunks };
}

function holds(state: StateReader, row: CollectionRow, index: IndexRow): boolean {
  return state.counts(row.collection_id, index.manifest_id).documents > 0;
}

/** A kept collection that a rollback was bringing back when it was stopped. */
function swappingTo(state: StateReader, index: IndexRow): CollectionRow | undefined {
  if (index.last_run === null || endedWell(index)) return undefined;
  let to: unknown;
  for (const { type, data } of state.journal(index.last_run, 0)) {
    if (type === 'SWAP_BEGIN') to = data['to'];
    if (type === 'SWAP_DONE') to = undefined;
  }
  const row = typeof to === 'string' ? state.collection(to) : undefined;
  return row?.role === 'previous' ? row : undefined;
}

/** Still recorded although its last run was to end it. */
function isEnding(state: StateReader, { last_run, manifest_id }: IndexRow): boolean {
  if (last_run === null) return false;
  for (const { type, manifest_id: of } of state.journal(last_run, 0)) {
    if (type === 'DESTROY_BEGIN' && of === manifest_id) return true;
  }
  return false;
}

/** The last event of a swap to this collection says that it was begun. */
function isSwapping(state: StateReader, index: IndexRow, next: string): boolean {
  if (index.last_run === null) return false;
  for (const { type, data } of state.journal(index.last_run, 0)) {
    if (type === 'SWAP_BEGIN' && data['to'] === next) return true;
  }
  return false;
}

/** While another is built the old one is whole, unless documents of it were in part before. */
function searchersOf(
  documents: number,
  part: number,
  unclean: boolean,
  replacement: StatusIndex['replacement'],
): StatusIndex['searchers'] {
  if (documents === 0 && part === 0) return 'none';
  if (part > 0) return 'mixed';
  if (replacement !== null) return 'old';
  return unclean ? 'mixed' : 'new';
}

function unfinishedUris(state: StateReader, index: IndexRow): number {
  let uris = 0;
  let last: string | undefined;
  for (const intent of state.intents(index.collection_id, index.manifest_id)) {
    if (intent.status === 'unsettled' || intent.uri === last) continue;
    last = intent.uri;
    uris++;
  }
  return uris;
}

function samplesOf(state: StateReader, index: IndexRow): { uri: string; content_sha256: string }[] {
  const samples: { uri: string; content_sha256: string }[] = [];
  for (const { uri, content_sha256 } of state.documents(index.collection_id, index.manifest_id)) {
    samples.push({ uri, content_sha256 });
    if (samples.length === SAMPLES) break;
  }
  return samples;
}

function countQuarantined(rejects: Iterable<RejectRow>): number {
  let n = 0;
  for (const { verdict } of rejects) if (verdict === 'quarantine') n++;
  return n;
}

function count(items: Iterable<unknown>): number {
  let n = 0;
  for (const _ of items) n++;
  return n;
}

function describeTargetId(target: string): string {
  return target === 'embedded' ? 'embedded Chroma' : (target.split('#')[0] ?? target);
}
