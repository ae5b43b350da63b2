/**
 * Ends an index: a collection that holds nothing else goes as a whole, from any other only our records go. The rows
 * leave last, so that a destroy that was stopped anywhere is simply run again.
 */
import type { Change } from '../../domain/plan.js';
import type { StrictSync } from '../../domain/results.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import type { Survey } from '../../plan/destroy/survey-collection.js';
import type { ExecutableIndex } from '../../plan/executable-plan.js';
import type { Destruction } from '../../plan/plan-context.js';
import type { ApplyPorts } from '../apply-ports.js';
import { IndexRun } from '../index-run.js';
import { recordedAnchors } from '../run-anchors.js';
import type { Progress } from '../summarise-run.js';
import { clearCollection } from './clear-collection.js';

export interface DestroyDeps {
  readonly ports: ApplyPorts;
  readonly changes: () => Iterable<Change>;
  /** Called before anything is written: a failed run still tells what it did. */
  readonly onRun: (run: Progress) => void;
}

/** Undefined when a signal stopped it: what is recorded stays until it is run again. */
export async function destroyIndex(
  deps: DestroyDeps,
  { context }: ExecutableIndex,
  { collections, rows }: Destruction,
): Promise<StrictSync | undefined> {
  const { ports, changes, onRun } = deps;
  const { writer, recorder } = ports;
  const { manifest } = context;
  const id = manifest.manifest_id;
  const main = writer.index(id)?.collection_id;
  const event = { run_id: recorder.facts.run_id, manifest_id: id };
  writer.transaction((tx) => {
    const index = writer.index(id);
    if (index !== undefined) tx.putIndex({ ...index, last_run: recorder.facts.run_id });
    tx.append({ ...event, type: 'DESTROY_BEGIN', data: { collections: namesOf(collections) } });
    recorder.save(tx);
  });
  const left = new Map<string, Survey>();
  let waveOfMain: IndexRun | undefined;
  for (const doomed of collections) {
    const database = await ports.database(manifest);
    const run = newRun(ports, id, doomed.collection, database.server.maxBatch);
    const isMain = doomed.collection.id === main;
    if (isMain) {
      onRun(run);
      waveOfMain = run;
    }
    // Its copies of foreign records are needless where the main collection stays with them.
    const mainStays = main !== undefined && (left.get(main)?.stays.length ?? 0) > 0;
    const kept = mainStays ? collections[0] : undefined;
    const stale = isMain ? changes() : [];
    const after = await clearCollection(run, database, doomed, context, stale, kept?.collection);
    if (after === undefined) return undefined;
    left.set(doomed.collection.id, after);
  }
  const sync = judge([...left.values()], main === undefined ? undefined : left.get(main));
  if (!sync.ok) return sync;
  await ports.forgetIndexState(manifest);
  const done = tally(id, waveOfMain, changes());
  if (done !== waveOfMain) onRun(done);
  writer.transaction((tx) => {
    for (const row of rows) if (!isShared(ports, row, id, left)) tx.dropCollection(row.collection_id);
    tx.dropIndex(id);
    const data = { documents: done.done.delete, collections: namesOf(collections, left) };
    tx.append({ ...event, type: 'DESTROY_DONE', data });
    recorder.save(tx);
  });
  return sync;
}

function newRun(
  ports: ApplyPorts,
  manifestId: string,
  collection: Destruction['collections'][number]['collection'],
  maxBatch: number,
): IndexRun {
  const { writer, recorder, clock, signal, requestTimeoutMs, onProgress, stopwatch } = ports;
  return new IndexRun({
    manifestId,
    traceId: recorder.facts.trace_id,
    input: recordedAnchors(writer, manifestId),
    collection,
    writer,
    recorder,
    clock,
    signal,
    requestTimeoutMs,
    maxBatch,
    onProgress,
    stopwatch,
    cached: () => new Map(),
    embedStats: () => ({ computed: 0, retries: 0 }),
  });
}

/** What went with a whole collection, or was gone before, is as deleted as what was deleted one by one. */
function tally(manifestId: string, run: IndexRun | undefined, changes: Iterable<Change>): Progress {
  if (run !== undefined && run.done.delete > 0) return run;
  const done = { create: 0, move: 0, update: 0, delete: 0, repair: 0, replace: 0 };
  for (const { action } of changes) if (action === 'delete' || action === 'repair') done[action]++;
  return { manifestId, done, failures: [], open: new Map() };
}

/** Other manifests have rows in it, or are in it by its own word. */
function isShared(
  { writer }: ApplyPorts,
  row: CollectionRow,
  id: string,
  left: Map<string, Survey>,
): boolean {
  const { collection_id: of } = row;
  const others = writer.indexes().some((index) => index.collection_id === of && index.manifest_id !== id);
  const chunks = writer.counts(of, undefined).chunks - writer.counts(of, id).chunks;
  return others || chunks > 0 || (left.get(of)?.manifests.length ?? 0) > 0;
}

function namesOf(collections: Destruction['collections'], left?: ReadonlyMap<string, Survey>) {
  return collections.map(({ collection: { id: collection_id, name }, stays }) => ({
    collection: name,
    collection_id,
    stays: left?.get(collection_id)?.stays ?? stays,
  }));
}

/** Nothing of ours may be left anywhere; of the main collection the rest is counted. */
function judge(surveys: readonly Survey[], main: Survey | undefined): StrictSync {
  const ours = surveys.reduce((sum, one) => sum + one.ours, 0);
  const actual = main?.count ?? 0;
  return {
    ok: ours === 0,
    level: 'ids',
    expected: actual - (main?.ours ?? 0),
    actual,
    delta: main?.ours ?? 0,
    message: ours === 0 ? null : `${ours} records are still there`,
    documents: 0,
    where: [],
  };
}
