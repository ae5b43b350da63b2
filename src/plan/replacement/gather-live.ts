/**
 * Everything about one index's place in live: where it is, how it looks, whether it must be built anew, and
 * what is already there of the collection that takes its place.
 */
import { collectionFaults } from '../../diff/judge-collection.js';
import { previousName, stagingName } from '../../domain/collection-names.js';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { PlanOptions, VerifyLevel } from '../../domain/plan.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { CollectionRow, IndexRow } from '../../domain/state-rows.js';
import { emptySummary, examineLive, type LiveView } from '../live-view/examine-live.js';
import { lastBatchOf } from '../live-view/last-batch.js';
import { endedEarly, endedUnwritable, endedWell, foundUnwritable } from '../live-view/mark-unfinished.js';
import type { Replacement } from '../plan-context.js';
import type { PlanningPorts } from '../planning-ports.js';
import type { Scratch } from '../scratch.js';
import { findStaging, NO_STAGING } from './find-staging.js';
import { afterSwap, locateLive, type PendingSwap, stagingRow } from './locate-live.js';
import { type Pin, readPin } from './read-pin.js';
import { recordedCollection, replaceReasons, wantedRecipe } from './replace-reasons.js';
import { previousToKeep, surplusPrevious } from './surplus-previous.js';

export interface GatheredLive {
  /** As it is recorded, or will be once a pending swap is finished. */
  readonly index: IndexRow | undefined;
  /** What searchers see. */
  readonly live: LiveView;
  /** What is written to: the same, unless the index is built anew. */
  readonly written: LiveView;
  /** The index as it is recorded for what is written to; undefined when nothing is. */
  readonly writtenAs: IndexRow | undefined;
  readonly replacement: Replacement | undefined;
  readonly pending: PendingSwap | undefined;
  readonly discard: LiveCollection | undefined;
  readonly keepPrevious: number;
  /** After a rollback. */
  readonly pin: Pin | undefined;
}

export async function gatherLive(
  ports: PlanningPorts,
  desired: DesiredState,
  manifest: Manifest,
  options: PlanOptions,
  scratch: Scratch,
): Promise<GatheredLive> {
  const { state } = ports;
  const name = manifest.target.collection;
  const recorded = state.index(manifest.manifest_id);
  const { targetId } = ports.describeTarget(manifest);
  const { fingerprint, cache } = ports.embedding(manifest);
  const database = await databaseAt(ports, manifest, options.verify);
  const found = database === 'absent' ? undefined : await locateLive(database, name, state, recorded);
  const index = afterSwap(recorded, found?.pending);
  const row = recordedCollection(state, manifest, index, targetId);
  const reasons = replaceReasons(manifest, row, fingerprint, targetId);
  const moved = reasons.includes('target');
  const look = {
    space: manifest.target.space,
    owned: ownedBy(desired, manifest, state, recorded),
    comesBack: database === 'absent' ? undefined : () => database.comesBack(),
  };
  const pin = readPin(found?.pending, row, reasons, wantedRecipe(manifest, fingerprint));
  const seen = await examineLive(found?.collection, state, scratch, {
    ...look,
    space: found?.collection?.space ?? manifest.target.space,
    cached: (texts) => cache.get(row?.embedding_fingerprint ?? fingerprint, texts),
    level: pin?.holds === true ? options.verify : levelFor(options.verify, reasons),
    index: moved ? undefined : index,
    lastBatch: lastBatchOf(state, index),
    suspect: index !== undefined && !endedWell(index),
    unwritable: found?.pending === undefined && foundUnwritable(state, index),
  });
  refuseStranger(manifest, seen, found?.collection);
  if (seen.summary.status === 'unsearchable') reasons.push('unsearchable');
  const pending = found?.pending;
  const keepPrevious = previousToKeep(desired, manifest, state);
  // A collection that is not what is recorded: what fits its recipe does not fit ours, and no request changes it.
  const unfit =
    moved || pending !== undefined || row === undefined || seen.collection === undefined
      ? []
      : collectionFaults(row, state.lineage, seen.collection).map((fault) => fault.class);
  const live = unfit.length === 0 ? seen : { ...seen, summary: { ...seen.summary, faults: unfit } };
  if (unfit.includes('wrong-recipe') && !reasons.includes('embedding')) reasons.push('recipe');
  if (unfit.includes('wrong-distance') && !reasons.includes('space')) reasons.push('space');
  const trusted = !unfit.includes('wrong-recipe');
  const same = { index, live, pending, keepPrevious, pin };
  if (pin?.holds === true) {
    return { ...same, written: live, writtenAs: index, replacement: undefined, discard: undefined };
  }
  if (reasons.length === 0 || row === undefined) {
    const discard =
      database === 'absent'
        ? undefined
        : ((await leftStaging(database, name, state)) ??
          (await olderThanKept(
            database,
            name,
            state,
            keepPrevious,
            index !== undefined && endedEarly(state, index),
          )));
    return { ...same, written: live, writtenAs: index, replacement: undefined, discard };
  }

  if (!moved && reasons.some((reason) => reason !== 'unsearchable')) {
    refuseLeavingBehind(desired, manifest, state, row, live, trusted ? fingerprint : undefined);
  }
  const staging =
    database === 'absent'
      ? NO_STAGING
      : await findStaging(database, name, state, wantedRecipe(manifest, fingerprint), moved, pending);
  const replacement: Replacement = {
    reasons,
    old:
      moved && database !== 'absent'
        ? await oldElsewhere(database, row)
        : live.readable
          ? live.collection
          : undefined,
    aside: moved ? staging.aside : live.collection,
    sameVectors: trusted && row.embedding_fingerprint === fingerprint,
    joins: staging.joins,
  };
  scratch.forgetFindings(manifest.manifest_id);
  if (staging.collection === undefined) {
    return { ...same, ...NOTHING_BUILT, replacement, discard: staging.discard };
  }
  const writtenAs = { ...(index ?? neverApplied(manifest)), collection_id: staging.collection.id };
  const written = await examineLive(staging.collection, state, scratch, {
    ...look,
    cached: (texts) => cache.get(fingerprint, texts),
    level: levelFor(options.verify, reasons),
    index: writtenAs,
    lastBatch: lastBatchOf(state, index),
    suspect: index !== undefined && !endedWell(index),
    unwritable: endedUnwritable(state, index),
  });
  refuseStranger(manifest, written, staging.collection);
  if (!staging.joins && written.summary.status === 'unsearchable') {
    // What was begun is broken as well: it is begun anew, and its vectors are in the cache.
    scratch.forgetFindings(manifest.manifest_id);
    return { ...same, ...NOTHING_BUILT, replacement, discard: staging.collection };
  }
  return { ...same, written, writtenAs, replacement, discard: staging.discard };
}

const NOTHING_BUILT = {
  written: {
    summary: emptySummary('missing', 'ids'),
    collection: undefined,
    replaced: false,
    stranger: false,
    expected: 0,
    readable: true,
  },
  writtenAs: undefined,
} satisfies Pick<GatheredLive, 'written' | 'writtenAs'>;

/** `off` looks at nothing, so it connects to nothing: a plan without a Chroma is possible when it is asked for. */
export async function databaseAt(
  ports: Pick<PlanningPorts, 'database'>,
  manifest: Manifest,
  level: PlanOptions['verify'],
): Promise<LiveDatabase | 'absent'> {
  return level === 'off' ? 'absent' : ports.database(manifest);
}

/** What is to be left behind or carried over must be known by id. */
function levelFor(asked: VerifyLevel, reasons: readonly string[]): VerifyLevel {
  return reasons.length > 0 && asked === 'counts' ? 'ids' : asked;
}

/** Manifests whose records in this collection are ours: loaded ones and recorded ones. */
function ownedBy(
  desired: DesiredState,
  manifest: Manifest,
  state: StateReader,
  index: IndexRow | undefined,
): ReadonlySet<string> {
  const owned = new Set([manifest.manifest_id]);
  for (const other of desired.manifests) {
    if (other.target.collection === manifest.target.collection) owned.add(other.manifest_id);
  }
  for (const other of state.indexes()) {
    if (index !== undefined && other.collection_id === index.collection_id) owned.add(other.manifest_id);
  }
  return owned;
}

/** The collection that the manifest pointed at before, where it is still within reach. */
async function oldElsewhere(database: LiveDatabase, row: CollectionRow): Promise<LiveCollection | undefined> {
  if (row.target !== database.targetId) return undefined;
  const old = await database.find(row.name);
  return old?.id === row.collection_id ? old : undefined;
}

/** One that was begun for a replacement that is not wanted any more; never one that is live already. */
async function leftStaging(
  database: LiveDatabase,
  name: string,
  state: StateReader,
): Promise<LiveCollection | undefined> {
  const row = stagingRow(state, name, database.targetId);
  if (row === undefined) return undefined;
  const found = await database.find(stagingName(name));
  const ours = found?.id === row.collection_id && found.identity?.lineage === state.lineage;
  return ours && found.identity?.role === 'staging' ? found : undefined;
}

/** One that is not kept any more, or that a run had replaced and was stopped before it could take it away. */
async function olderThanKept(
  database: LiveDatabase,
  name: string,
  state: StateReader,
  keep: number,
  mayBeDamaged: boolean,
): Promise<LiveCollection | undefined> {
  for (const row of surplusPrevious(state, name, database.targetId, keep, mayBeDamaged)) {
    const found = await database.find(previousName(row.name, row.generation));
    if (found?.id === row.collection_id && found.identity?.lineage === state.lineage) return found;
  }
  return undefined;
}

/** Another model cannot embed what ingest did not write, nor what a manifest that is not loaded declares. */
function refuseLeavingBehind(
  desired: DesiredState,
  manifest: Manifest,
  state: StateReader,
  row: CollectionRow,
  live: LiveView,
  /** Undefined when nobody knows which model made the vectors that are there. */
  fingerprint: string | undefined,
): void {
  const loaded = new Set(desired.manifests.map((other) => other.manifest_id));
  const left = state
    .indexes()
    .filter((other) => other.collection_id === row.collection_id && !loaded.has(other.manifest_id))
    .map((other) => other.manifest_id);
  const name = manifest.target.collection;
  if (left.length > 0) {
    throw new IngestError('E605', `collection "${name}" also holds ${left.join(', ')}, not loaded here`, {
      kind: 'input',
      advice: 'A new model or distance is for all that share a collection: load their manifests as well.',
    });
  }
  const { foreign } = live.summary;
  if (foreign === 0 || row.embedding_fingerprint === fingerprint) return;
  throw new IngestError(
    'E605',
    `collection "${name}" also holds ${foreign} ${foreign === 1 ? 'record' : 'records'} that ingest did not write: the new model cannot take them along`,
    {
      kind: 'input',
      advice:
        'Give this index another collection name, and the old collection stays as it is; or move those records elsewhere first.',
    },
  );
}

function refuseStranger(manifest: Manifest, live: LiveView, found: LiveCollection | undefined): void {
  if (live.summary.status !== 'not-ours') return;
  const name = manifest.target.collection;
  throw new IngestError(
    'E403',
    `collection "${name}" exists (${live.summary.count ?? 0} records) and does not belong to this state`,
    {
      kind: 'input',
      advice: found?.identity === undefined ? ofAnotherTool(name) : ANOTHER_STATE,
    },
  );
}

const ANOTHER_STATE =
  'Nothing was changed. Use the state folder that built the collection; if it is lost, `ingest state rebuild` makes one from the collection. To take it over into this state: `ingest state adopt`. Else give this index another collection name.';

function ofAnotherTool(name: string): string {
  return `Nothing was changed. It carries no mark of ingest: another tool wrote it, and its readers rely on its records. Give this index another collection name; or, if the index is to have this one, rename theirs with a client first. \`ingest state adopt --from ${name}\` takes vectors from it and says what it has of each document.`;
}

/** As a row of an index that has none: for what an interrupted first apply left. */
function neverApplied(manifest: Manifest): Omit<IndexRow, 'collection_id'> {
  return {
    manifest_id: manifest.manifest_id,
    manifest_sha256: manifest.sha256,
    manifest_file: manifest.file,
    batch_id: null,
    pins: {},
    policy: '',
    prevent_destroy: false,
    last_run: null,
    last_good_run: null,
  };
}
