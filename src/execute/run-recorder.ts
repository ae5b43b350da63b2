/** The run's own row: counters that are committed with every batch, so that a killed run still tells. */

import type { StateTransaction } from '../domain/ports/state.js';
import type { RunCounters } from '../domain/run-counters.js';
import type { RunRow } from '../domain/state-rows.js';

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

export class RunRecorder {
  readonly facts: RunFacts;
  planId: string | null = null;
  counters: RunCounters;

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
      last_batch: {},
      chunks_total: 0,
    };
  }

  count(change: Partial<RunCounters>): void {
    this.counters = { ...this.counters, ...change };
  }

  /** Adds to numeric counters. */
  add(change: Partial<Record<NumericCounter, number>>): void {
    const next: Record<string, unknown> = { ...this.counters };
    for (const [key, by] of Object.entries(change)) next[key] = (Number(next[key]) || 0) + by;
    this.counters = next as unknown as RunCounters;
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

type NumericCounter = Exclude<keyof RunCounters, 'checkpoint' | 'fsync' | 'last_batch'>;
