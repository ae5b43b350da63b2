/** The plan document: what would change and why. Versioned, content-addressed, streamed. */
import type { CursorWindow } from './cursor.js';
import type { CollectionFaultName } from './drift-classes.js';
import type { Warning } from './warning.js';

export const PLAN_FORMAT = '1.3';
export const PLAN_MAJOR = 1;

export type VerifyLevel = 'off' | 'counts' | 'ids' | 'content';

export type Action = 'create' | 'move' | 'update' | 'repair' | 'delete' | 'reject' | 'withheld' | 'replace';

export const ACTION_SIGN: Readonly<Record<Action, string>> = {
  create: '+',
  move: '>',
  update: '~',
  repair: '!',
  delete: '-',
  reject: 'x',
  withheld: '?',
  replace: '=',
};

export type RefusedVerdict = 'quarantine' | 'reject';

/** Checksums and chunk count of a document before or after the change. */
export interface DocumentSide {
  readonly content_sha256: string;
  readonly metadata_sha256: string;
  readonly chunks: number;
}

/** keep includes relabel: relabel counts the kept chunks whose metadata is patched. */
export interface ChunkCounts {
  readonly add: number;
  readonly keep: number;
  readonly relabel: number;
  readonly delete: number;
}

export interface EmbedEstimate {
  readonly compute: number;
  readonly cached: number;
  /** Estimated tokens of what must be computed. */
  readonly tokens: number;
  /** Dollars; null when the price is not known. */
  readonly cost: number | null;
  /** Null when not known. An estimate of this machine: no part of plan_id. */
  readonly seconds: number | null;
}

/** The guard that holds back or would have held back a loss; allowed_by is the glob that lifted it. */
export interface GuardVerdict {
  readonly rule: 'max_count' | 'max_ratio' | 'incomplete-listing' | 'empty-source' | 'prevent_destroy';
  readonly allowed_by: string | null;
  /** One sentence with the numbers. */
  readonly message: string;
}

/** One chunk, as searchers see it. */
export interface DiffChunk {
  /** First and last line of the file, 1-based; null when the record does not say. */
  readonly lines: readonly [number, number] | null;
  /** `Guide > Routing`; empty without headings. */
  readonly heading: string;
  /** null: not known, because live was not looked at or lost it. */
  readonly text: string | null;
}

/** Chunks between two whose text stays. */
export interface DiffHunk {
  readonly removed: readonly DiffChunk[];
  readonly added: readonly DiffChunk[];
}

/** What happens to a document's text, chunk by chunk. */
export interface TextDiff {
  readonly hunks: readonly DiffHunk[];
  /** Chunks whose text is there before and after, not listed. */
  readonly kept: number;
  /** Changed chunks that are left out or shortened, because there is too much text. */
  readonly cut: number;
}

export interface Change {
  readonly action: Action;
  readonly source_id: string;
  readonly uri: string;
  /** Sorted; an open enum. */
  readonly reasons: readonly string[];
  /** What the reader wants to know beside the reason ("title", "/owner required"); null without. */
  readonly detail: string | null;
  readonly resume: boolean;
  readonly moved_from: string | null;
  readonly before: DocumentSide | null;
  readonly after: DocumentSide | null;
  readonly chunks: ChunkCounts;
  readonly embed: EmbedEstimate;
  readonly guard: GuardVerdict | null;
  /** Only of a document that is refused: what the gate said of it. `quarantine` waits for a person. */
  readonly verdict?: RefusedVerdict;
  /** Beside `verdict`: all reasons, the weightiest first. */
  readonly codes?: readonly string[];
  /** Beside `verdict`: where in the source it stands, when the uri does not say it: `tickets.jsonl:17`. */
  readonly location?: string;
  /** Only when it was asked for, and of a document that is written. Not part of plan_id. */
  readonly diff?: TextDiff;
}

export type LiveStatus = 'ok' | 'missing' | 'unreachable' | 'unsearchable' | 'not-ours' | 'not-checked';

export interface LiveSummary {
  readonly status: LiveStatus;
  readonly count: number | null;
  readonly foreign: number;
  readonly verify: VerifyLevel;
  /** Why the level is closer than the one asked for; null when it is not. */
  readonly escalated: string | null;
  readonly canaries: { readonly asked: number; readonly passed: number };
  /** Records, by class. */
  readonly missing: number;
  readonly orphan: number;
  readonly tampered: number;
  /** What is wrong with the collection as a whole; absent when nothing is. */
  readonly faults?: readonly CollectionFaultName[];
}

/** Of a source that is read in increments. Values in canonical form. */
export interface SourceCursor {
  readonly field: string;
  /** Where this listing began and ended: [start, end); null where it is open. */
  readonly window: CursorWindow;
  /** Why it was read from its beginning; null for an increment. */
  readonly full_read: string | null;
  /** As it is recorded, and as it will be once the plan is applied. */
  readonly from: string | null;
  readonly to: string | null;
  /** Why it stays although newer records were seen; null when it does not. */
  readonly held: 'incomplete' | 'failed' | 'withheld' | 'scope' | null;
}

export interface SourceSummary {
  readonly source_id: string;
  readonly type: string;
  readonly fingerprint: string;
  readonly listing: 'full' | 'window' | 'none';
  readonly documents: number;
  readonly complete: boolean;
  /** Skipped inputs by type, e.g. {".png": 12, "empty": 3}. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Inputs that are no record. */
  readonly malformed: number;
  /** Older versions of what is recorded, passed over. */
  readonly superseded: number;
  /** Whether what this plan brings of it can be read again without the source: its inputs are landed. */
  readonly replay: 'available' | 'unavailable';
  /** Null without a cursor. */
  readonly cursor: SourceCursor | null;
}

export interface IndexAction {
  readonly action:
    | 'create'
    | 'replace'
    | 'swap'
    | 'discard'
    | 'unpin'
    | 'policy'
    | 'protection'
    | 'cursor'
    | 'contract'
    | 'landing'
    | 'destroy';
  readonly reasons: readonly string[];
  /** `policy` and `protection`: the fields that were edited, by name. */
  readonly changes?: readonly FieldChange[];
  /** `contract`: what was edited in the contracts since they were applied, by source. */
  readonly contracts?: readonly ContractChange[];
  /** `landing`: the documents whose inputs are kept, and which are as they should be otherwise. */
  readonly documents?: number;
  /** `replace`: the swap waits until the checks of the manifest pass. */
  readonly waits_for_checks?: true;
  /** `replace`: the old collection is deleted after the swap, whatever `keep_previous` says. */
  readonly keeps_none?: true;
  /** `destroy`: the collections that hold its records. `stays` says for whose sake one is kept; empty: it goes. */
  readonly collections?: readonly { readonly collection: string; readonly stays: readonly string[] }[];
}

/**
 * What an edit means for documents that satisfied the contract before: all of them still do, it depends on them, or one
 * may be refused.
 */
export type ContractClass = 'additive' | 'conditional' | 'breaking';

export interface ContractEdit {
  /** Of the field or rule: names joined by slashes. */
  readonly path: string;
  /** A phrase. */
  readonly what: string;
  readonly class: ContractClass;
}

export interface ContractChange {
  readonly source_id: string;
  /** The gravest of its edits. */
  readonly class: ContractClass;
  /** The gravest first; none: only descriptions were edited. */
  readonly edits: readonly ContractEdit[];
  /** How many are not listed. */
  readonly more: number;
}

export interface FieldChange {
  /** Dotted: `deletes.max_count`. */
  readonly field: string;
  /** JSON values; null: not set. */
  readonly from: unknown;
  readonly to: unknown;
}

/** prevent_destroy as it stands, and as it stands once the plan is applied. */
export interface Protection {
  readonly now: boolean;
  readonly next: boolean;
}

/** declared = current + old_kept + quarantined + rejected + skipped + failed, always. */
export interface Coverage {
  readonly declared: number;
  readonly current: number;
  readonly old_kept: number;
  readonly quarantined: number;
  readonly rejected: number;
  readonly skipped: number;
  readonly failed: number;
}

export interface PlanSummary {
  readonly create: number;
  readonly move: number;
  readonly update: number;
  readonly delete: number;
  readonly repair: number;
  /** Of which, not beside, the counts above. */
  readonly resume: number;
  readonly reject: number;
  /** Refused before, rejected or quarantined, and no news. */
  readonly known_rejects: number;
  readonly withheld: number;
  readonly replace: number;
  readonly unchanged: number;
  readonly skipped: number;
  /** Of `reject`, those that wait for a person. */
  readonly quarantined: number;
  readonly failed: number;
  readonly chunks: ChunkCounts;
  readonly embed: EmbedEstimate;
}

/** Everything about one index but its changes, which are streamed. */
export interface IndexHeader {
  readonly manifest_id: string;
  readonly manifest_file: string;
  readonly collection: string;
  /** How the target is shown; no credentials. */
  readonly target: string;
  readonly batch_id: string;
  readonly embedding: { readonly provider: string; readonly model: string; readonly semantic: boolean };
  readonly recorded: { readonly documents: number; readonly chunks: number };
  readonly live: LiveSummary;
  /** Set while a rollback keeps it from being replaced: its sources are not looked at. */
  readonly pinned?: { readonly generation: number };
  readonly sources: readonly SourceSummary[];
  readonly index_actions: readonly IndexAction[];
  readonly coverage: Coverage;
  readonly summary: PlanSummary;
  readonly warnings: readonly Warning[];
}

/** The flags that shaped the plan; apply plans again with the same. */
export interface PlanOptions {
  readonly verify: VerifyLevel;
  readonly only: readonly string[];
  readonly force: readonly string[];
  readonly allow_delete: readonly string[];
  readonly allow_empty: readonly string[];
  readonly destroy: boolean;
  /** Another input than the declared one; not set in an ordinary plan. */
  readonly input?: InputOption;
}

/** Of a plan without any flag. */
export const DEFAULT_PLAN_OPTIONS: PlanOptions = {
  verify: 'counts',
  only: [],
  force: [],
  allow_delete: [],
  allow_empty: [],
  destroy: false,
};

/** What `backfill` and `replay` look at instead of the sources as they are declared. */
export type InputOption =
  | { readonly verb: 'backfill'; readonly source: string; readonly start: string; readonly end: string }
  | { readonly verb: 'replay'; readonly batch_id: string };

export interface PlanHeader {
  readonly format_version: string;
  readonly tool_version: string;
  /** ISO 8601 with zone. */
  readonly created_at: string;
  readonly environment: string;
  readonly outcome: 'no_changes' | 'changes' | 'error';
  readonly base: {
    readonly lineage: string | null;
    readonly serial: number;
    readonly manifests: readonly { readonly manifest_id: string; readonly sha256: string }[];
  };
  readonly options: PlanOptions;
  readonly summary: PlanSummary;
  /** Recorded manifests that were not loaded; left alone. */
  readonly undeclared: readonly string[];
  readonly plan_id: string;
}

/** A plan in hand: headers in memory, changes on disk (spilled), read as often as needed. */
export interface Plan {
  readonly header: PlanHeader;
  readonly indexes: readonly PlanIndex[];
  /** Frees the temporary table. */
  close(): void;
}

export interface PlanIndex {
  readonly header: IndexHeader;
  /** In uri order (a move stands at its new uri). */
  changes(): Iterable<Change>;
}
