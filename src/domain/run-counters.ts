/** The counters of one run: committed with every batch, so that a killed run still tells how far it got. */
import type { RunRow } from './state-rows.js';

/** chunks_upserted_total continues from the run before and never falls. */
export interface RunCounters {
  readonly documents_total: number;
  readonly documents_done: number;
  readonly chunks_total: number;
  readonly chunks_upserted: number;
  readonly chunks_upserted_total: number;
  readonly committed_batches: number;
  readonly embedded: number;
  readonly cached: number;
  readonly relabelled: number;
  readonly deleted: number;
  /** Uri committed last. */
  readonly checkpoint: string | null;
  readonly fsync: string;
  /** A few ids of the last batch of each manifest, for the canaries. */
  readonly last_batch: Readonly<Record<string, readonly string[]>>;
}

/** Counters of an earlier run; an older version may have written fewer. */
export function readCounters(row: RunRow | undefined): Partial<RunCounters> {
  if (row === undefined) return {};
  try {
    return JSON.parse(row.counters) as Partial<RunCounters>;
  } catch {
    return {};
  }
}
