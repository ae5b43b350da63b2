/** Live against recorded, for every declared index; sources are not scanned, nothing is changed. */
import { withPartialDocuments } from '../../diff/partial-drift.js';
import { boundOfSample, chooseSample } from '../../diff/sample-records.js';
import { stagingName } from '../../domain/collection-names.js';
import type { DriftIndex, DriftReport } from '../../domain/drift-report.js';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { VerifyLevel } from '../../domain/plan.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { RebuiltIndex } from '../../domain/state-reports.js';
import type { IndexRow } from '../../domain/state-rows.js';
import type { SampledChunk } from '../live-view/compare-sample.js';
import { examineLive, type LiveView } from '../live-view/examine-live.js';
import { lastBatchOf } from '../live-view/last-batch.js';
import { endedWell, foundUnwritable, markUnfinished } from '../live-view/mark-unfinished.js';
import type { PlanningPorts } from '../planning-ports.js';
import { databaseAt } from '../replacement/gather-live.js';
import { afterSwap, locateLive, type PendingSwap } from '../replacement/locate-live.js';
import { Scratch } from '../scratch.js';
import { classifyDrift, isRebuilt } from './classify-drift.js';

export interface DriftOptions {
  readonly verify: VerifyLevel;
  /** Look for so many of the recorded records, chosen by this seed, and do not list live's. Undefined: all. */
  readonly sample?: { readonly size: number; readonly seed: string } | undefined;
  /** Of a state that was itself read from live: what came of each index. */
  readonly rebuilt?: readonly RebuiltIndex[] | undefined;
}

export async function gatherDrift(
  ports: PlanningPorts,
  desired: DesiredState,
  options: DriftOptions,
): Promise<DriftReport> {
  // A sample is of ids at least.
  const verify = options.sample !== undefined && options.verify === 'counts' ? 'ids' : options.verify;
  const indexes: DriftIndex[] = [];
  for (const manifest of desired.manifests) {
    const recorded = ports.state.index(manifest.manifest_id) !== undefined;
    const scratch = new Scratch();
    try {
      if (recorded || (await builtByAnother(ports, manifest, verify))) {
        indexes.push(await driftOf(ports, manifest, { ...options, verify }, scratch));
      }
    } catch (error) {
      // One server that is away hides nothing of the others.
      if (!(error instanceof IngestError) || !OUT_OF_REACH.has(error.code)) throw error;
      indexes.push(unknownIndex(ports, manifest, verify, error));
    } finally {
      scratch.close();
    }
  }
  const report: DriftReport = {
    environment: desired.environment,
    checked_at: new Date(ports.clock.now()).toISOString(),
    drift: indexes.some((index) => index.classes.some((found) => found.class !== 'foreign')),
    unknown: indexes.some((index) => index.status === 'unreachable'),
    indexes,
  };
  return withPartialDocuments(report, options.rebuilt ?? []);
}

async function driftOf(
  ports: PlanningPorts,
  manifest: Manifest,
  { verify, sample }: DriftOptions,
  scratch: Scratch,
): Promise<DriftIndex> {
  const { state } = ports;
  const id = manifest.manifest_id;
  const recorded = state.index(id);
  const database = await databaseAt(ports, manifest, verify);
  const { collection, pending } =
    database === 'absent'
      ? { collection: undefined, pending: undefined }
      : await locateLive(database, manifest.target.collection, state, recorded);
  const index = afterSwap(recorded, pending);
  const owned = new Set([id]);
  for (const other of state.indexes())
    if (other.collection_id === recorded?.collection_id) owned.add(other.manifest_id);
  const { cache, fingerprint } = ports.embedding(manifest);
  const embedded =
    index === undefined ? undefined : state.collection(index.collection_id)?.embedding_fingerprint;
  const unwritable = pending === undefined && foundUnwritable(state, index);
  const sampled =
    sample === undefined || index === undefined
      ? undefined
      : sampleOf(state, index, sample.size, sample.seed);
  const view = await examineLive(collection, state, scratch, {
    level: verify,
    space: manifest.target.space,
    owned,
    index,
    lastBatch: lastBatchOf(state, index),
    suspect: index !== undefined && !endedWell(index),
    unwritable,
    cached: (texts) => cache.get(embedded ?? fingerprint, texts),
    comesBack: database === 'absent' ? undefined : () => database.comesBack(),
    sample: sampled,
  });
  const affected = scratch.countFindings(id, 'missing') + scratch.countFindings(id, 'tampered');
  if (view.readable) await markUnfinished(view.collection, state, index, scratch, ports.busyFence);
  const rows = index === undefined ? { documents: 0, chunks: 0 } : state.counts(index.collection_id, id);
  const facts = {
    state,
    scratch,
    manifestId: id,
    index,
    found: collection,
    view,
    unwritable,
    shortfall: sampled === undefined ? 0 : shortfallOf(state, view),
    waitsAs: pending === undefined ? undefined : waitingName(pending, manifest.target.collection),
  };
  const classes = classifyDrift(facts);
  return {
    manifest_id: id,
    batch_id: index?.batch_id ?? null,
    collection: manifest.target.collection,
    target: ports.describeTarget(manifest).description,
    verify: view.summary.verify,
    recorded: rows,
    live_count: view.summary.count,
    canaries: view.summary.canaries,
    sample:
      sample === undefined || sampled === undefined || view.summary.status === 'missing'
        ? null
        : {
            asked: sample.size,
            checked: sampled.length,
            seed: sample.seed,
            affected,
            ...boundOfSample(sampled.length, affected, rows.chunks),
          },
    status: view.summary.status,
    ...pinOf(ports, index),
    classes,
    last_good_run: index?.last_good_run == null ? null : state.run(index.last_good_run),
    repair: repairOf(ports, manifest, index, isRebuilt(classes) && facts.waitsAs === undefined, scratch),
    advice: view.summary.status !== 'not-ours' ? null : index === undefined ? LOST_STATE : STRANGER,
    error: null,
  };
}

/**
 * Of an index that nothing is recorded of: whether live says that another state built it. Then this is not the state
 * that it was applied from, and "nothing is recorded" would be heard as "no drift".
 */
async function builtByAnother(
  ports: PlanningPorts,
  manifest: Manifest,
  verify: VerifyLevel,
): Promise<boolean> {
  const database = await databaseAt(ports, manifest, verify);
  if (database === 'absent') return false;
  const name = manifest.target.collection;
  const { identity } = (await database.find(name)) ?? (await database.find(stagingName(name))) ?? {};
  if (identity === undefined || identity.lineage === ports.state.lineage) return false;
  return identity.manifests.includes(manifest.manifest_id);
}

/** The swap was stopped between its renames: nothing has the name, and what is to have it stands under another. */
function waitingName({ old, next }: PendingSwap, name: string): string | undefined {
  return old === undefined && next.name !== name ? next.name : undefined;
}

const LOST_STATE =
  'Nothing is recorded of it here. Use the state folder that built it (--state); if that is lost, `ingest state rebuild` makes one from the collection.';

const STRANGER =
  'Nothing of it is touched. Move or delete that collection, or use the state that built it; then apply fills the name again.';

function pinOf({ state }: PlanningPorts, index: IndexRow | undefined): Pick<DriftIndex, 'pinned'> {
  const row = index === undefined ? undefined : state.collection(index.collection_id);
  return row?.pinned == null ? {} : { pinned: { generation: row.generation } };
}

/** Chroma cannot be reached, or the embedded one cannot be started. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['E401', 'E404', 'E405']);

function unknownIndex(
  ports: PlanningPorts,
  manifest: Manifest,
  verify: VerifyLevel,
  { code, message, advice }: IngestError,
): DriftIndex {
  const { state } = ports;
  const index = state.index(manifest.manifest_id);
  return {
    manifest_id: manifest.manifest_id,
    batch_id: index?.batch_id ?? null,
    collection: manifest.target.collection,
    target: ports.describeTarget(manifest).description,
    verify,
    recorded:
      index === undefined
        ? { documents: 0, chunks: 0 }
        : state.counts(index.collection_id, manifest.manifest_id),
    live_count: null,
    canaries: { asked: 0, passed: 0 },
    sample: null,
    status: 'unreachable',
    classes: [],
    last_good_run: index?.last_good_run == null ? null : state.run(index.last_good_run),
    repair: { records: 0, cached: 0, compute: 0 },
    advice: null,
    error: { code, message, advice },
  };
}

function sampleOf(state: StateReader, index: IndexRow, wanted: number, seed: string): SampledChunk[] {
  const { collection_id: collection, manifest_id: manifest } = index;
  const total = state.counts(collection, manifest).chunks;
  const id = (chunk: SampledChunk): string => chunk.chunk_id;
  return [...chooseSample(ownChunks(state, index), { total, wanted, seed, id })];
}

function* ownChunks(state: StateReader, index: IndexRow): Generator<SampledChunk> {
  for (const chunk of state.collectionChunks(index.collection_id)) {
    if (chunk.manifest_id === index.manifest_id) yield chunk;
  }
}

/** Records that live must lack by its count alone. */
function shortfallOf(state: StateReader, { collection, expected, summary }: LiveView): number {
  if (collection === undefined || summary.count === null) return 0;
  const foreign = state.collection(collection.id)?.foreign_count ?? 0;
  return Math.max(0, expected + foreign - summary.count);
}

/** What a repair writes, and how much of it the cache holds. */
function repairOf(
  ports: PlanningPorts,
  manifest: Manifest,
  index: IndexRow | undefined,
  all: boolean,
  scratch: Scratch,
): DriftIndex['repair'] {
  const { state } = ports;
  const id = manifest.manifest_id;
  if (index === undefined) return { records: 0, cached: 0, compute: 0 };
  const facts = ports.embedding(manifest);
  let cached = 0;
  let records = 0;
  let shas: string[] = [];
  const flush = (): void => {
    records += shas.length;
    const held = facts.cache.has(facts.fingerprint, shas);
    cached += shas.filter((sha) => held.has(sha)).length;
    shas = [];
  };
  const uris = all ? documentUris(state.documents(index.collection_id, id)) : scratch.findingUris(id);
  for (const uri of uris) {
    const wanted = new Set(
      scratch
        .findingsOf(id, uri)
        .filter((f) => f.kind === 'missing' || f.kind === 'tampered')
        .map((f) => f.id),
    );
    for (const chunk of state.chunks(index.collection_id, id, uri)) {
      if (all || wanted.has(chunk.chunk_id)) shas.push(chunk.text_sha256);
    }
    if (shas.length >= 1000) flush();
  }
  flush();
  return { records, cached, compute: records - cached };
}

function* documentUris(rows: Iterable<{ readonly uri: string }>): Generator<string> {
  for (const row of rows) yield row.uri;
}
