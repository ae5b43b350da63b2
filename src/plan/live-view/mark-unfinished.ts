/**
 * What an earlier run left open: documents with uncleared intents are flagged for resuming, late writes of
 * lost requests are looked for, and documents of a run that did not finish cleanly are checked at ids.
 */
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { IndexRow } from '../../domain/state-rows.js';
import type { Scratch } from '../scratch.js';
import { tamperedParts } from './compare-records.js';

const PAGE = 1000;

export async function markUnfinished(
  collection: LiveCollection | undefined,
  state: StateReader,
  index: IndexRow | undefined,
  scratch: Scratch,
  busyFence: number | undefined,
): Promise<void> {
  if (index === undefined) return;
  const { manifest_id: manifestId, collection_id: collectionId } = index;
  for (const intent of state.intents(collectionId, manifestId)) {
    if (intent.fence === busyFence || intent.status === 'unsettled') continue;
    scratch.addFinding(manifestId, { uri: intent.uri, kind: 'resume', id: intent.record_id });
  }
  let unsettled: { record_id: string; uri: string }[] = [];
  for (const intent of state.intents(collectionId, manifestId)) {
    if (intent.fence === busyFence || intent.status !== 'unsettled') continue;
    if (scratch.findingsOf(manifestId, intent.uri).some((finding) => finding.kind === 'resume')) {
      // Its whole document is read from live anyway; this record is to be seen with it.
      scratch.addFinding(manifestId, { uri: intent.uri, kind: 'resume', id: intent.record_id });
      continue;
    }
    unsettled.push(intent);
    if (unsettled.length >= PAGE) {
      await checkSettled(collection, state, index, scratch, unsettled);
      unsettled = [];
    }
  }
  await checkSettled(collection, state, index, scratch, unsettled);
  const last = index.last_run === null ? undefined : state.run(index.last_run);
  if (
    collection?.id === collectionId &&
    last !== undefined &&
    !endedWell(index) &&
    last.fence !== busyFence &&
    !finishedCleanly(last.outcome)
  ) {
    await checkRun(collection, state, index, scratch, last.run_id);
  }
}

/** A run that was killed has no outcome at all; one that held losses back did all that it may. */
export function finishedCleanly(outcome: string | null): boolean {
  return outcome === 'applied' || outcome === 'no_changes' || outcome === 'partial';
}

/** Whether the last run that wrote to this index verified it in the end, whatever became of others. */
export function endedWell(index: IndexRow): boolean {
  return index.last_run === index.last_good_run;
}

/** Whether the last run that wrote to this index was stopped, or failed, also after everything of the index was done. */
export function endedEarly(state: StateReader, index: IndexRow): boolean {
  return (
    !endedWell(index) || (index.last_run !== null && !finishedCleanly(state.run(index.last_run).outcome))
  );
}

const DAMAGED = /^E414 /;
/** Runs that are looked back at; who failed more often in a row has been told often enough. */
const RUNS = 1000;

/** Whether the last run that wrote to this index gave up because Chroma could not write any more. */
export function endedUnwritable(state: StateReader, index: IndexRow | undefined): boolean {
  if (index === undefined || index.last_run === null || endedWell(index)) return false;
  return DAMAGED.test(state.run(index.last_run).reason ?? '');
}

/**
 * Whether any run since the last good one gave up on the collection that is live now for that reason. The run that
 * builds it anew may be interrupted and says nothing of it; only a swap leaves the damage behind.
 */
export function foundUnwritable(state: StateReader, index: IndexRow | undefined): boolean {
  if (index === undefined || index.last_run === null || endedWell(index)) return false;
  const since: string[] = [];
  for (const run of state.runs(RUNS)) {
    if (run.run_id === index.last_good_run) return false;
    if (!run.manifests.includes(index.manifest_id)) continue;
    if (DAMAGED.test(run.reason ?? '')) return !since.some((runId) => swapped(state, runId));
    since.push(run.run_id);
  }
  return false;
}

function swapped(state: StateReader, runId: string): boolean {
  for (const event of state.journal(runId, 0)) if (event.type === 'SWAP_DONE') return true;
  return false;
}

/** A lost request may have landed after its document was done: compare with the rows, record by record. */
async function checkSettled(
  collection: LiveCollection | undefined,
  state: StateReader,
  index: IndexRow,
  scratch: Scratch,
  intents: readonly { record_id: string; uri: string }[],
): Promise<void> {
  if (collection === undefined || intents.length === 0) return;
  const records = await collection.get(intents.map((intent) => intent.record_id));
  for (const { record_id: id, uri } of intents) {
    const record = records.get(id);
    const row = state.chunk(index.collection_id, id);
    const manifestId = index.manifest_id;
    if (row === undefined && record !== undefined)
      scratch.addFinding(manifestId, { uri, kind: 'orphan', id });
    if (row !== undefined && record === undefined)
      scratch.addFinding(manifestId, { uri, kind: 'missing', id });
    if (row === undefined || record === undefined) continue;
    const parts = tamperedParts(record, row);
    if (parts.length > 0) {
      scratch.addFinding(manifestId, { uri, kind: 'tampered', id, detail: parts.join(',') });
    }
  }
}

async function checkRun(
  collection: LiveCollection,
  state: StateReader,
  index: IndexRow,
  scratch: Scratch,
  runId: string,
): Promise<void> {
  let rows: { chunk_id: string; uri: string }[] = [];
  const check = async (): Promise<void> => {
    const existing = await collection.existing(rows.map((row) => row.chunk_id));
    for (const { chunk_id: id, uri } of rows) {
      if (!existing.has(id)) scratch.addFinding(index.manifest_id, { uri, kind: 'missing', id });
    }
    rows = [];
  };
  for (const document of state.documentsOfRun(index.collection_id, index.manifest_id, runId)) {
    // One by one: a document may have more chunks than a call has room for arguments.
    for (const row of state.chunks(index.collection_id, index.manifest_id, document.uri)) rows.push(row);
    if (rows.length >= PAGE) await check();
  }
  if (rows.length > 0) await check();
}
