/** What apply and status hand to the renderers and to the exit code. One value decides all three. */
import type { RetrievalCheck } from './checks.js';
import type { VerifyLevel } from './plan.js';
import type { Timings } from './ports/stopwatch.js';
import type { CursorRow, IntentStatus, LeaseHolder, RunRow } from './state-rows.js';

export type ApplyOutcome =
  | 'applied'
  | 'no_changes'
  | 'partial'
  | 'interrupted'
  | 'failed'
  | 'locked'
  | 'stale';

export interface StrictSync {
  readonly ok: boolean;
  readonly level: VerifyLevel;
  readonly expected: number | null;
  readonly actual: number | null;
  readonly delta: number | null;
  /** Why it is not ok, or null. */
  readonly message: string | null;
  /** Documents of this index that are not as they should be, and the first of them in order of uri. */
  readonly documents: number;
  readonly where: readonly { readonly uri: string; readonly message: string }[];
}

/** The last line of `apply --json`, and what the text report shows. */
export interface ApplyResult {
  readonly type: 'result';
  readonly outcome: ApplyOutcome;
  readonly reason: string;
  /** What to do about the error that ended it; null when none did. */
  readonly advice: string | null;
  readonly environment: string;
  readonly run_id: string | null;
  readonly trace_id: string | null;
  readonly plan_id: string | null;
  readonly applied: {
    readonly create: number;
    readonly move: number;
    readonly update: number;
    readonly delete: number;
    readonly repair: number;
    readonly replace: number;
  };
  readonly failed: number;
  readonly failures: readonly { readonly uri: string; readonly message: string }[];
  /** Newly refused ones. */
  readonly rejected: number;
  /** Of them, those that wait for a person. */
  readonly quarantined: number;
  readonly withheld: number;
  readonly embedded: number;
  readonly cached: number;
  readonly upserted: number;
  readonly relabelled: number;
  readonly deleted: number;
  readonly retries: number;
  readonly duration_ms: number;
  readonly strict_sync: StrictSync | null;
  /** Of each index whose retrieval checks were run, or were to be. */
  readonly checks: readonly RetrievalCheck[];
  /** Only after an interruption: what is done and what is left. */
  readonly interrupted: {
    readonly documents_done: number;
    readonly documents_total: number;
    readonly chunks_written: number;
    readonly batches: number;
    readonly in_part: readonly { readonly uri: string; readonly done: number; readonly total: number }[];
    /** Embedded and in the cache, but not yet put. */
    readonly paid_not_written: number;
  } | null;
  readonly canaries: { readonly asked: number; readonly passed: number };
  readonly live_count: number | null;
  readonly recorded_chunks: number;
  /** Only when searchers were switched to a collection that was built anew. */
  readonly swapped?: readonly {
    readonly collection: string;
    /** The name of the one that they saw before; null when it is not kept. */
    readonly kept_as: string | null;
  }[];
  /** Only when locked: who holds the lease. */
  readonly holder?: LeaseHolder;
  /** Only when stale: what moved since the plan was made, a phrase each. */
  readonly moved?: readonly string[];
  /** The newly refused documents, rejected or quarantined. */
  readonly rejects?: readonly {
    readonly uri: string;
    readonly message: string;
    readonly verdict: 'reject' | 'quarantine';
  }[];
  /** Only with --timings. */
  readonly timings?: Timings;
}

/** The first line of an apply: what a resume found. */
export interface ResumeReport {
  readonly run_id: string;
  readonly resume_active: boolean;
  readonly resume_reason: string;
  readonly journal_version: number;
  readonly done_docs: number;
  readonly committed_batches: number;
  readonly chunks_upserted_total: number;
  /** Operations that were sent, or were to be, and that nothing confirmed. */
  readonly open_intents: number;
  /** Confirmed operations of documents that are not finished: they count as done. */
  readonly confirmed_intents: number;
  readonly fsync: string;
}

/** One way to run again. */
export interface StatusWay {
  readonly way: 're-run' | 'retry' | 'replay' | 'backfill';
  readonly possible: boolean;
  /** It is what is needed now. */
  readonly advised: boolean;
  readonly reason: string;
}

/** The morning-after answers for one manifest; read from recorded state alone. */
export interface StatusIndex {
  readonly manifest_id: string;
  readonly declared: boolean;
  readonly manifest_sha256: string | null;
  /** True when the manifest on disk is the one that was applied; null when it is not declared. */
  readonly manifest_unchanged: boolean | null;
  readonly batch_id: string | null;
  readonly collection: string;
  readonly target: string;
  readonly last_run: RunRow | null;
  readonly last_good_run: RunRow | null;
  /** A newer run that ended badly before it wrote anything of this index; absent when none did. */
  readonly failed_since?: RunRow;
  /** Counters of the last run, or null before the first. */
  readonly documents: number;
  readonly chunks: number;
  readonly documents_total: number | null;
  readonly documents_done: number | null;
  readonly checkpoint: string | null;
  readonly committed_batches: number;
  readonly chunks_upserted_total: number;
  readonly intents: Readonly<Record<IntentStatus, number>>;
  readonly in_part: number;
  /** Refused documents on record, rejected or quarantined. */
  readonly rejects: number;
  /** Of them, those that wait for a person. */
  readonly quarantined: number;
  readonly samples: readonly { readonly uri: string; readonly content_sha256: string }[];
  /** old, new, mixed or none: what searchers see. */
  readonly searchers: 'new' | 'mixed' | 'none' | 'old';
  /** A collection that is being built to take the live one's place. */
  readonly replacement: {
    /** `swapping`: it is whole, and only the swap of the names is left. */
    readonly phase: 'building' | 'swapping';
    /** Name under which it is built. */
    readonly collection: string;
    readonly documents: number;
    readonly chunks: number;
  } | null;
  /** Set after a rollback: the index is not replaced while the manifest wants what was left. */
  readonly pinned?: { readonly generation: number };
  readonly advice: string;
  /** re-run, retry, replay, backfill, in this order. */
  readonly ways: readonly StatusWay[];
  /** Where the next increment starts; null while no source is read in increments. */
  readonly cursor: string | null;
  /** Of each source that is read in increments: cursor, watermark and checkpoint, kept apart. */
  readonly cursors: readonly CursorRow[];
  readonly journal_version: number;
  /** Of the last run; null before the first. */
  readonly run_id: string | null;
  readonly done_docs: number;
  /** Operations that nothing confirmed. */
  readonly open_intents: number;
  readonly resume_active: boolean;
  readonly resume_reason: string;
  readonly fsync: string | null;
}

export interface StatusReport {
  readonly environment: string;
  readonly lineage: string | null;
  readonly serial: number;
  readonly lease: LeaseHolder | null;
  readonly indexes: readonly StatusIndex[];
  /** Manifests that are declared here and were never applied. */
  readonly not_applied: readonly string[];
  readonly next: string;
}

/** Exit codes; the first that applies: 130, 4, 3, 1, 5, 2, 0. */
export const EXIT = {
  ok: 0,
  error: 1,
  changes: 2,
  stale: 3,
  locked: 4,
  partial: 5,
  interrupted: 130,
} as const;
