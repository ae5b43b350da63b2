/** The run's own row: counters that are committed with every batch, so that a killed run still tells. */
import { JOURNAL_VERSION, type RunCounters } from '../domain/events.js';
import type { RunRow, StateReader, StateTransaction } from '../domain/ports/state.js';
import type { ResumeReport } from '../domain/results.js';
import { finishedCleanly } from '../plan/mark-unfinished.js';

export interface RunFacts {
  readonly run_id: string;
  readonly started_at: string;
  readonly command: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly fence: number;
  readonly trace_id: string;
  readonly manifests: readonly string[];
}

export interface Counters extends RunCounters {
  /** Uri committed last. */
  readonly checkpoint: string | null;
  readonly fsync: string;
  readonly chunks_total: number;
}

export class RunRecorder {
  readonly facts: RunFacts;
  planId: string | null = null;
  counters: Counters;

  constructor(facts: RunFacts, upsertedBefore: number, fsync: string) {
    this.facts = facts;
    this.counters = {
      documents_total: 0,
      documents_done: 0,
      chunks_upserted: 0,
      chunks_upserted_total: upsertedBefore,
      committed_batches: 0,
      embedded: 0,
      cached: 0,
      relabelled: 0,
      deleted: 0,
      checkpoint: null,
      fsync,
      chunks_total: 0,
    };
  }

  count(change: Partial<Counters>): void {
    this.counters = { ...this.counters, ...change };
  }

  /** Adds to numeric counters. */
  add(change: Partial<Record<NumericCounter, number>>): void {
    const next: Record<string, unknown> = { ...this.counters };
    for (const [key, by] of Object.entries(change)) next[key] = (Number(next[key]) || 0) + by;
    this.counters = next as unknown as Counters;
  }

  save(tx: StateTransaction, finished?: { at: string; outcome: string; reason: string }): void {
    tx.putRun(this.row(finished));
  }

  row(finished?: { at: string; outcome: string; reason: string }): RunRow {
    return {
      ...this.facts,
      finished_at: finished?.at ?? null,
      plan_id: this.planId,
      outcome: finished?.outcome ?? null,
      reason: finished?.reason ?? null,
      counters: JSON.stringify(this.counters),
    };
  }
}

type NumericCounter = Exclude<keyof Counters, 'checkpoint' | 'fsync'>;

/** Counters of an earlier run; zeros for what it never wrote. */
export function readCounters(row: RunRow | undefined): Partial<Counters> {
  if (row === undefined) return {};
  try {
    return JSON.parse(row.counters) as Partial<Counters>;
  } catch {
    return {};
  }
}

/** What a resume found: the first line of an apply. Reads recorded state alone. */
export function resumeReport(
  state: StateReader,
  runId: string,
  manifests: readonly string[],
  fsync: string,
): ResumeReport {
  const last = lastRunOf(state, manifests);
  const counters = readCounters(last);
  let open = 0;
  for (const manifestId of manifests) {
    const index = state.index(manifestId);
    if (index === undefined) continue;
    const counts = state.intentCounts(index.collection_id, manifestId);
    open += counts.open + counts.unknown + counts.confirmed;
  }
  const unclean = last !== undefined && !finishedCleanly(last.outcome);
  const active = open > 0 || unclean;
  const reason =
    last === undefined
      ? 'first run'
      : !active
        ? `run ${last.run_id.slice(0, 8)} finished (${last.outcome})`
        : `run ${last.run_id.slice(0, 8)} ${last.outcome ?? 'was killed'}`;
  return {
    run_id: runId,
    resume_active: active,
    resume_reason: reason,
    journal_version: JOURNAL_VERSION,
    done_docs: active ? (counters.documents_done ?? 0) : 0,
    committed_batches: active ? (counters.committed_batches ?? 0) : 0,
    chunks_upserted_total: counters.chunks_upserted_total ?? 0,
    open_intents: open,
    fsync,
  };
}

/** The newest run that concerned any of these manifests and wrote a row. */
export function lastRunOf(state: StateReader, manifests: readonly string[]): RunRow | undefined {
  return state.runs(100).find((run) => run.manifests.some((id) => manifests.includes(id)));
}
