/** What apply, status and drift hand to the renderers and to the exit code. One value decides all three. */
import type { RetrievalCheck } from './checks.js';
import type { DriftClassName, Incident, RecordPart } from './drift-classes.js';
import type { ErrorCode } from './error-codes.js';
import type { VerifyLevel } from './plan.js';
import type {
  ChunkRow,
  CollectionRow,
  DocumentRow,
  IndexRow,
  IntentRow,
  IntentStatus,
  LeaseHolder,
  RejectRow,
  RunRow,
  SourceRow,
  StateCounts,
} from './ports/state.js';
import type { Timings } from './ports/stopwatch.js';
import type { CollectionRole } from './record.js';

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
  readonly rejected: number;
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
  /** Only when locked: who holds the lease. */
  readonly holder?: LeaseHolder;
  /** Only when stale: what moved since the plan was made, a phrase each. */
  readonly moved?: readonly string[];
  /** The first of the newly rejected documents; `rejected` is the full count. */
  readonly rejects?: readonly { readonly uri: string; readonly message: string }[];
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
  readonly rejects: number;
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

/** Records of one drift class, with the documents concerned. */
export interface DriftClass {
  readonly class: DriftClassName;
  readonly incident: Incident;
  readonly records: number;
  /** What it is about, a phrase: ids, recipes or distances of a collection, parts of records; null without. */
  readonly detail: string | null;
  /** Record ids, at most five, e.g. for `ingest diagnose`; empty when the whole collection is meant. */
  readonly ids: readonly string[];
  /** At most twenty; `documents` is the full count. */
  readonly where: readonly {
    readonly uri: string | null;
    readonly records: number;
    readonly of: number | null;
    /** Of tampered records: what of them is not as it was written. */
    readonly parts?: readonly RecordPart[];
  }[];
  readonly documents: number;
}

export interface DriftSample {
  readonly asked: number;
  readonly checked: number;
  /** The same seed chooses the same records. */
  readonly seed: string;
  /** Of the checked ones: missing or tampered. */
  readonly affected: number;
  /** With this confidence at most this share of all recorded records is missing or tampered. */
  readonly confidence: number;
  readonly at_most_share: number;
  readonly at_most_records: number;
}

export interface DriftIndex {
  readonly manifest_id: string;
  readonly collection: string;
  readonly target: string;
  readonly verify: VerifyLevel;
  readonly recorded: { readonly documents: number; readonly chunks: number };
  readonly live_count: number | null;
  readonly canaries: { readonly asked: number; readonly passed: number };
  /** Only with --sample: how many of the recorded records were looked for, and what that says of all. */
  readonly sample: DriftSample | null;
  readonly status: string;
  /** Set after a rollback: then no apply repairs it. */
  readonly pinned?: { readonly generation: number };
  readonly classes: readonly DriftClass[];
  readonly last_good_run: RunRow | null;
  /** True when repair needs no embedding to be computed. */
  readonly repair: { readonly records: number; readonly cached: number; readonly compute: number };
  /** What to do before `apply` can repair it; null when nothing stands in its way. */
  readonly advice: string | null;
  /** Why it could not be looked at; null when it was. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly advice: string } | null;
}

export interface DriftReport {
  readonly environment: string;
  readonly checked_at: string;
  /** Of what could be looked at. */
  readonly drift: boolean;
  /** True when an index could not be looked at: then nothing is known of it. */
  readonly unknown: boolean;
  readonly indexes: readonly DriftIndex[];
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

/** Who holds the lease, and whether that run is alive. */
export interface HolderReport extends LeaseHolder {
  /** ISO 8601, by the clock of the state's file system; null when there is no heartbeat file. */
  readonly last_heartbeat: string | null;
  /** `unknown`: asleep, suspended, or on a machine that cannot be seen from here. */
  readonly liveness: 'alive' | 'dead' | 'unknown';
  /** How that is known, a phrase. */
  readonly evidence: string;
}

/** What `state unlock` did. */
export interface UnlockReport {
  readonly outcome: 'unlocked' | 'nothing_to_unlock' | 'declined';
  readonly environment: string;
  readonly holder: HolderReport | null;
  /** Path of the copy that was taken before; null when nothing was changed. */
  readonly backup: string | null;
}

/** One index as it was put together from live. */
export interface RebuiltIndex {
  readonly manifest_id: string;
  readonly collection: string;
  /** Its manifest is loaded. */
  readonly declared: boolean;
  readonly documents: number;
  readonly chunks: number;
  /** Documents that the next plan reads again and finishes. */
  readonly partial: number;
  /** The first twenty of them. */
  readonly where: readonly PartialDocument[];
  /** All of them, by reason; records: missing ones, or those that are in doubt. */
  readonly by_reason: readonly {
    readonly reason: string;
    readonly documents: number;
    readonly records: number;
  }[];
}

export interface PartialDocument {
  readonly uri: string;
  readonly reason: string;
  readonly records: number;
  /** How many chunks its records say that it has; null when they do not agree. */
  readonly of: number | null;
}

/** What `state rebuild` did. */
/** What `state adopt --from` took into the embedding cache. */
export interface AdoptedVectors {
  readonly collection: string;
  readonly dimension: number;
  /** Texts whose vectors were computed anew and found equal. */
  readonly verified: number;
  readonly records: number;
  /** Without a text, or with one that another record has too. */
  readonly without_text: number;
  readonly taken: number;
  /** The cache had them. */
  readonly known: number;
}

/** What `state adopt` did. */
export interface AdoptReport extends Omit<RebuildReport, 'outcome'> {
  /** `nothing_to_adopt`: there is no such collection, or it is ours. */
  readonly outcome: 'adopted' | 'nothing_to_adopt' | 'declined';
  /** Of the state that it belonged to; null when it was ours or is not there. */
  readonly from_lineage: string | null;
  /** Run ids that it names, oldest first. */
  readonly runs: readonly string[];
}

export interface RebuildReport {
  readonly outcome: 'rebuilt' | 'nothing_in_live';
  readonly environment: string;
  readonly lineage: string | null;
  readonly collections: readonly {
    readonly name: string;
    readonly role: CollectionRole;
    readonly generation: number;
    readonly chunks: number;
    readonly foreign: number;
  }[];
  readonly indexes: readonly RebuiltIndex[];
  /** What live cannot tell, a sentence each. */
  readonly not_known: readonly string[];
  /** Path of the copy that was taken before; null when there was nothing to copy. */
  readonly backup: string | null;
}

/** One recorded index, as `state list` shows it. */
export interface StateEntry extends StateCounts {
  readonly manifest_id: string;
  readonly collection: string;
  readonly collection_id: string;
  readonly target: string;
  readonly last_run: string | null;
  /** Of that run; null while it runs, and after a kill. */
  readonly outcome: string | null;
  /** When it ended, or began. */
  readonly at: string | null;
}

/** What `state show` found under a name. */
export type FoundState =
  | {
      readonly kind: 'index';
      readonly index: IndexRow;
      readonly collections: readonly (CollectionRow & StateCounts)[];
      readonly sources: readonly SourceRow[];
    }
  | {
      readonly kind: 'document';
      readonly uri: string;
      readonly documents: readonly {
        readonly manifest_id: string;
        readonly collection: string;
        readonly collection_id: string;
        readonly role: CollectionRole;
        /** Null: only intents are recorded of it. */
        readonly row: DocumentRow | null;
        readonly chunks: readonly ChunkRow[];
        readonly intents: readonly IntentRow[];
      }[];
      readonly rejects: readonly (RejectRow & { readonly manifest_id: string })[];
    }
  | {
      readonly kind: 'chunk';
      readonly chunk_id: string;
      readonly chunks: readonly (ChunkRow & {
        readonly manifest_id: string;
        readonly collection: string;
        readonly collection_id: string;
        readonly document: DocumentRow | null;
      })[];
    };

export interface ForgottenDocument {
  readonly manifest_id: string;
  readonly uri: string;
  readonly chunks: number;
}

/** What `state rm` did. */
export interface ForgetReport {
  readonly outcome: 'forgotten' | 'nothing_to_forget' | 'declined';
  readonly environment: string;
  /** The index that was named; null: documents of any. */
  readonly manifest_id: string | null;
  /** The index itself, not only documents. */
  readonly whole: boolean;
  readonly documents: number;
  readonly chunks: number;
  /** Of them, in the middle of a change. */
  readonly unfinished: number;
  /** The first twenty. */
  readonly where: readonly ForgottenDocument[];
  /** Path of the copy that was taken before; null when nothing was changed. */
  readonly backup: string | null;
}
