/**
 * The plan that ends an index: every recorded document is a delete, and nothing is read but the recorded state and
 * live. What is in the same collections and is not this manifest's stays.
 */
import { decideProtection, refuseDestruction } from '../../diff/protection.js';
import type { Manifest } from '../../domain/manifest.js';
import type { Change, IndexAction, IndexHeader, PlanOptions } from '../../domain/plan.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { CollectionRow, DocumentRow } from '../../domain/state-rows.js';
import type { Warning } from '../../domain/warning.js';
import { findingOf } from '../changes/base-of-document.js';
import { planOrphans } from '../changes/plan-orphans.js';
import { NO_CHUNKS, sideOf } from '../changes/planned-uri.js';
import { NO_EMBEDDING } from '../estimate-embedding.js';
import { compareIds } from '../live-view/compare-records.js';
import { emptySummary, type LiveView } from '../live-view/examine-live.js';
import { markUnfinished } from '../live-view/mark-unfinished.js';
import type { Destruction, DoomedCollection, PlanContext } from '../plan-context.js';
import type { PlanningPorts } from '../planning-ports.js';
import { Listings } from '../scan/choose-listings.js';
import { createScope } from '../scan/match-uris.js';
import type { Scratch } from '../scratch.js';
import { NO_COVERAGE, summariseChanges } from '../summarise.js';
import { findDoomed, recordedFor } from './find-doomed.js';
import { othersIn, survey } from './survey-collection.js';

/** @throws IngestError E609 when the index is protected */
export async function planDestruction(
  ports: PlanningPorts,
  manifest: Manifest,
  options: PlanOptions,
  scratch: Scratch,
): Promise<{ header: IndexHeader; context: PlanContext }> {
  const { state } = ports;
  const { manifest_id: id, target } = manifest;
  const index = state.index(id);
  const { description, targetId } = ports.describeTarget(manifest);
  const database = await ports.stopwatch.time('live', () => ports.database(manifest));
  const { ours, stranger } =
    database === 'absent'
      ? { ours: [], stranger: undefined }
      : await ports.stopwatch.time('live', () => findDoomed(database, state, manifest));
  const protection = decideProtection({
    declared: manifest.policy.prevent_destroy,
    recorded: index?.prevent_destroy,
    live: ours.some(({ identity }) => identity?.protected.includes(id)),
  });
  refuseDestruction(id, protection, 'would be destroyed');

  const main = ours.find((one) => one.id === index?.collection_id);
  const live = await lookAt(main, ports, id, scratch);
  await markUnfinished(main, state, index, scratch, ports.busyFence);
  const rows = recordedFor(state, manifest);
  const destruction: Destruction = {
    collections: await doom(ports, ours, main, id),
    rows,
  };
  const warnings = [...warnStranger(stranger, target.collection), ...warnElsewhere(rows, targetId)];
  const preparer = await ports.preparer(manifest, index?.pins);
  const rowsOf = index?.collection_id;
  const context: PlanContext = {
    manifest,
    preparer,
    state,
    rowsOf,
    listings: new Listings({ manifest, preparer, state, rowsOf, options, scratch, replaced: false }),
    writesTo: index?.collection_id,
    live,
    scratch,
    statCache: ports.statCache,
    embedding: ports.embedding(manifest),
    options,
    scope: createScope(options),
    replacement: undefined,
    protection,
    pending: undefined,
    discard: undefined,
    keepPrevious: 0,
    pin: undefined,
    destruction,
    busyFence: ports.busyFence,
    signal: ports.signal,
    warn: (warning) => warnings.push(warning),
  };
  const documents = index === undefined ? [] : state.documents(index.collection_id, id);
  for (const row of documents) scratch.putChange(id, destroyed(context, row));
  for (const uri of scratch.findingUris(id)) {
    const orphans = scratch.change(id, uri) === undefined ? await planOrphans(context, uri) : undefined;
    if (orphans !== undefined) scratch.putChange(id, orphans);
  }
  const header: IndexHeader = {
    manifest_id: id,
    manifest_file: manifest.file,
    collection: target.collection,
    target: description,
    // Nothing was read, so there is no batch.
    batch_id: '',
    embedding: { provider: 'none', model: 'none', semantic: true },
    recorded: index === undefined ? { documents: 0, chunks: 0 } : state.counts(index.collection_id, id),
    live: live.summary,
    sources: [],
    index_actions: index === undefined && ours.length === 0 ? [] : [destroyAction(destruction)],
    coverage: NO_COVERAGE,
    summary: summariseChanges(scratch.changes(id), {
      known_rejects: 0,
      unchanged: 0,
      skipped: 0,
      failed: 0,
    }),
    warnings,
  };
  return { header, context };
}

/** At ids, whatever was asked for: what is not ours has to be known by name. */
async function lookAt(
  main: LiveCollection | undefined,
  { state }: PlanningPorts,
  id: string,
  scratch: Scratch,
): Promise<LiveView> {
  const seen = { replaced: false, stranger: false, readable: true };
  if (main === undefined) {
    return { ...seen, summary: emptySummary('missing', 'ids'), collection: undefined, expected: 0 };
  }
  const count = await main.count();
  scratch.clearLive();
  const owned = new Set([id, ...othersIn(main, state, id)]);
  await compareIds(main, state, scratch, owned);
  const summary = emptySummary('ok', 'ids', {
    count,
    foreign: scratch.countFindings('', 'foreign'),
    missing: scratch.countFindings(id, 'missing'),
    orphan: scratch.countFindings(id, 'orphan'),
  });
  return { ...seen, summary, collection: main, expected: state.counts(main.id, undefined).chunks };
}

/** The main one first: where it stays with foreign records, those copied from it need not be kept twice. */
async function doom(
  { state }: PlanningPorts,
  ours: readonly LiveCollection[],
  main: LiveCollection | undefined,
  id: string,
): Promise<DoomedCollection[]> {
  const doomed: DoomedCollection[] = [];
  let kept: LiveCollection | undefined;
  for (const collection of ours) {
    const { stays } = await survey(collection, state, id, kept);
    doomed.push({ collection, stays });
    if (collection === main && stays.length > 0) kept = main;
  }
  return doomed;
}

function destroyed(context: PlanContext, row: DocumentRow): Change {
  const found = findingOf(context, row.uri);
  const there = context.live.collection === undefined ? 0 : row.n_chunks - (found.finding?.missing ?? 0);
  return {
    action: 'delete',
    source_id: row.source_id,
    uri: row.uri,
    reasons: found.resume ? ['destroyed', 'intent'] : ['destroyed'],
    detail: null,
    resume: found.resume,
    moved_from: null,
    before: sideOf(row),
    after: null,
    chunks: { ...NO_CHUNKS, delete: there + found.orphans.length },
    embed: NO_EMBEDDING,
    guard: null,
  };
}

function destroyAction({ collections }: Destruction): IndexAction {
  return {
    action: 'destroy',
    reasons: ['destroyed'],
    collections: collections.map(({ collection, stays }) => ({ collection: collection.name, stays })),
  };
}

function warnStranger(stranger: LiveCollection | undefined, name: string): Warning[] {
  if (stranger === undefined) return [];
  return [
    {
      key: 'collection-not-ours',
      message: `collection "${name}" does not belong to this state; left alone`,
      detail: null,
      functional: false,
    },
  ];
}

/** An earlier target's collection was left as it was, for readers there; so it is now. */
function warnElsewhere(rows: readonly CollectionRow[], targetId: string): Warning[] {
  return rows
    .filter((row) => row.target !== targetId)
    .map((row) => ({
      key: 'collection-elsewhere',
      message: `collection "${row.name}" at ${row.target.split('#')[0]}, from before the target was changed, is left alone and forgotten`,
      detail: 'delete it there by hand when nobody reads it any more',
      functional: true,
    }));
}
