/** What a resume found, from recorded state alone: the first line of an apply. */
import { JOURNAL_VERSION } from '../../domain/events.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { ResumeReport } from '../../domain/results.js';
import { readCounters } from '../../domain/run-counters.js';
import type { RunRow } from '../../domain/state-rows.js';
import { endedWell, finishedCleanly } from '../live-view/mark-unfinished.js';
import { stagingRow } from '../replacement/locate-live.js';

export function resumeReport(
  state: StateReader,
  runId: string,
  manifests: readonly string[],
  fsync: string,
): ResumeReport {
  const last = lastRunOf(state, manifests);
  const counters = readCounters(last);
  let open = 0;
  let confirmed = 0;
  let unverified = false;
  let building = false;
  for (const manifestId of manifests) {
    const index = state.index(manifestId);
    if (index === undefined) continue;
    const counts = state.intentCounts(index.collection_id, manifestId);
    open += counts.open + counts.unknown;
    confirmed += counts.confirmed;
    building ||= isBuilding(state, index.collection_id);
    unverified ||=
      !endedWell(index) && index.last_run !== null && !finishedCleanly(state.run(index.last_run).outcome);
  }
  const active = open + confirmed > 0 || unverified || building;
  const reason =
    last === undefined
      ? 'first run'
      : !active
        ? `run ${last.run_id.slice(0, 8)} finished (${last.outcome})`
        : building && last.outcome !== null
          ? `a new collection waits since run ${last.run_id.slice(0, 8)} (${last.outcome})`
          : `run ${last.run_id.slice(0, 8)} ${last.outcome ?? 'was killed'}`;
  return {
    run_id: runId,
    resume_active: active,
    resume_reason: reason,
    journal_version: JOURNAL_VERSION,
    done_docs: active ? (counters.documents_done ?? 0) : 0,
    committed_batches: active ? (counters.committed_batches ?? 0) : 0,
    chunks_upserted_total: readCounters(state.runs(1)[0]).chunks_upserted_total ?? 0,
    open_intents: open,
    confirmed_intents: confirmed,
    fsync,
  };
}

/** Another collection was begun beside it, or is whole and waits for its checks. */
function isBuilding(state: StateReader, collectionId: string): boolean {
  const live = state.collection(collectionId);
  return live !== undefined && stagingRow(state, live.name, live.target) !== undefined;
}

/** The newest run that wrote to any of these indexes. */
function lastRunOf(state: StateReader, manifests: readonly string[]): RunRow | undefined {
  const runs = manifests.map((id) => state.index(id)?.last_run).filter((id) => typeof id === 'string');
  const newest = runs.sort().at(-1);
  return newest === undefined ? undefined : state.run(newest);
}
