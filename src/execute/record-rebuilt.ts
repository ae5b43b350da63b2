/** Writes down what live told, in the place of all that was recorded of collections, indexes and documents. */

import type { StateTransaction } from '../domain/ports/state.js';
import type { PartialDocument, RebuiltIndex } from '../domain/state-reports.js';
import type { RunRow } from '../domain/state-rows.js';
import type { LiveDocument, LiveState } from '../plan/rebuild/read-live-state.js';

export interface RebuildFacts {
  /** Under which the documents in part are promised to be looked at. */
  readonly runId: string;
  /** Wall-clock ms by which a request of the run that was lost with its state can no longer land. */
  readonly settlesAt: number;
  /** Of an id that sorts by time. */
  timeOf(runId: string): string;
  /** What is recorded of a run already is more than its name. */
  knowsRun(runId: string): boolean;
}

/** Of a run that is known by its name alone. */
const UNKNOWN_OUTCOME = 'unknown';
const SHOWN = 20;

interface Tally {
  documents: number;
  chunks: number;
  partial: number;
  readonly where: PartialDocument[];
  readonly reasons: Map<string, { documents: number; records: number }>;
}

const EMPTY = (): Tally => ({ documents: 0, chunks: 0, partial: 0, where: [], reasons: new Map() });

/** Returns what came of each recorded index, in order; `lineage` is adopted. */
export function recordRebuilt(
  tx: StateTransaction,
  found: LiveState,
  lineage: string,
  facts: RebuildFacts,
): readonly RebuiltIndex[] {
  tx.startOver(lineage);
  return recordFound(tx, found, facts);
}

/** The same beside what is recorded of others; what is recorded of these very collections and indexes goes first. */
export function recordAdopted(
  tx: StateTransaction,
  found: LiveState,
  facts: RebuildFacts,
): readonly RebuiltIndex[] {
  for (const { collection_id } of found.collections) tx.dropCollection(collection_id);
  for (const { manifest_id } of found.indexes) tx.dropIndex(manifest_id);
  return recordFound(tx, found, facts);
}

function recordFound(tx: StateTransaction, found: LiveState, facts: RebuildFacts): readonly RebuiltIndex[] {
  for (const collection of found.collections) tx.putCollection(collection);
  for (const runId of found.runs) if (!facts.knowsRun(runId)) tx.putRun(namedRun(runId, found, facts));
  const tallies = new Map<string, Tally>();
  const tallyOf = (collectionId: string, manifestId: string): Tally => {
    const key = JSON.stringify([collectionId, manifestId]);
    const tally = tallies.get(key) ?? EMPTY();
    tallies.set(key, tally);
    return tally;
  };
  for (const document of found.documents()) {
    const { collection_id, manifest_id, row, chunks, partial } = document;
    if (row !== undefined) tx.putDocument(collection_id, manifest_id, row, chunks);
    const tally = tallyOf(collection_id, manifest_id);
    if (row !== undefined) tally.documents++;
    tally.chunks += chunks.length;
    if (partial === undefined) continue;
    promiseToLook(tx, document, facts);
    count(tally, document, partial);
  }
  const names = new Map(found.collections.map((row) => [row.collection_id, row.name]));
  return found.indexes.map((index) => {
    const tally = tallyOf(index.collection_id, index.manifest_id);
    const { reasons, ...counts } = tally;
    // Every record was read and is what it says: as much as a run looks at before it says that it ended well.
    const last_good_run = tally.partial === 0 ? index.last_run : null;
    tx.putIndex({ ...index, last_good_run });
    return {
      manifest_id: index.manifest_id,
      collection: names.get(index.collection_id) ?? '',
      declared: index.manifest_file !== '',
      ...counts,
      by_reason: [...reasons].map(([reason, n]) => ({ reason, ...n })),
    };
  });
}

function count(tally: Tally, { uri, ids, of }: LiveDocument, reason: string): void {
  const records = reason === 'missing-records' && of !== null ? of - ids.length : ids.length;
  tally.partial++;
  if (tally.where.length < SHOWN) tally.where.push({ uri, reason, records, of });
  const sum = tally.reasons.get(reason) ?? { documents: 0, records: 0 };
  tally.reasons.set(reason, { documents: sum.documents + 1, records: sum.records + records });
}

/** As an interrupted run leaves it: what live holds of it is unknown, and the next plan reads it again. */
function promiseToLook(
  tx: StateTransaction,
  { collection_id, manifest_id, uri, ids }: LiveDocument,
  { runId: run_id, settlesAt: settles_at }: RebuildFacts,
): void {
  tx.openIntents(
    ids.map((record_id) => ({
      collection_id,
      manifest_id,
      uri,
      record_id,
      operation: 'put',
      run_id,
      settles_at,
    })),
  );
  tx.markIntents(collection_id, 'put', ids, 'unknown');
}

function namedRun(run_id: string, found: LiveState, { timeOf }: RebuildFacts): RunRow {
  return {
    run_id,
    started_at: timeOf(run_id),
    finished_at: null,
    command: 'apply',
    user: '',
    host: '',
    pid: 0,
    fence: 0,
    plan_id: null,
    trace_id: '',
    outcome: UNKNOWN_OUTCOME,
    reason: 'its records are all that is known of it: the state was rebuilt from live',
    manifests: found.indexes.filter((index) => index.last_run === run_id).map((index) => index.manifest_id),
    counters: '{}',
  };
}
