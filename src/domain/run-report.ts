/** The evidence of one run: what was declared, what came of it, and what follows. contracts/run_report.schema.json. */
import type { RetrievalCheck } from './checks.js';
import type { Coverage, LiveSummary, PlanSummary, SourceSummary } from './plan.js';
import type { Timings } from './ports/stopwatch.js';
import type { ApplyResult, StrictSync } from './results.js';
import type { Warning } from './warning.js';

export const RUN_REPORT_FORMAT = '1.0';

/** `not_available`: the run did not come to its end, so nothing can be said of the whole. */
export type RunStatus = 'success' | 'warning' | 'failed' | 'not_available';
/** What may be built on the index now. `proceed_with_gaps`: it is sound, and not all that is declared is in it. */
export type DownstreamDecision = 'proceed' | 'proceed_with_gaps' | 'hold';
/** `rerun`: nothing is to be mended, the same command goes on where this one stopped. */
export type RecommendedAction =
  | 'proceed'
  | 'rerun'
  | 'rerun_after_fix'
  | 'replay_after_repair'
  | 'retry_after_metadata_repair';

export interface RunVerdict {
  readonly status: RunStatus;
  /** The worst first; an open enum. */
  readonly reason_codes: readonly string[];
  readonly downstream_decision: DownstreamDecision;
  readonly recommended_action: RecommendedAction;
  /** One sentence that says why, and what is to be done first. */
  readonly recommendation: string;
  /** The verb of ours that does it, with its words (`apply`; `plan --verify ids`); empty: nothing is to be done. */
  readonly command: readonly string[];
}

/** Which index, from which input, by which declaration. */
interface DeclaredIndex {
  readonly manifest_id: string;
  readonly manifest_sha256: string;
  readonly batch_id: string;
  readonly collection: string;
  readonly target: string;
  readonly embedding: { readonly provider: string; readonly model: string };
  readonly sources: readonly SourceSummary[];
}

/** Recorded in RUN_START: what the run set out to do with one index. */
export interface PlannedIndex extends DeclaredIndex {
  readonly coverage: Coverage;
  readonly summary: PlanSummary;
  readonly live: LiveSummary;
  /** --only: documents that it leaves out are not counted, and the batch is not the recorded one. */
  readonly part: boolean;
  /** The first of the losses that a guard holds back; `summary.withheld` counts all. */
  readonly withheld: readonly { readonly uri: string; readonly message: string }[];
}

export interface EmbedFigures {
  readonly computed: number;
  readonly cached: number;
  /** Estimated, of what was computed. */
  readonly tokens: number;
  /** Dollars; null when the price is not known. */
  readonly cost: number | null;
  readonly retries: number;
}

/** Documents by verdict and weightiest reason code. */
export interface Refused {
  readonly rejected: Readonly<Record<string, number>>;
  readonly quarantined: Readonly<Record<string, number>>;
}

/** Recorded in RUN_FINISH: what came of one index. */
export interface FinishedIndex {
  readonly manifest_id: string;
  readonly applied: ApplyResult['applied'];
  readonly failed: number;
  /** Recorded at the end, of this index alone. */
  readonly recorded: { readonly documents: number; readonly chunks: number };
  /** Recorded for its collection, whoever owns it; null when no collection is recorded. */
  readonly collection_chunks: number | null;
  /** Which batch and which manifest the recorded state says are in the index. */
  readonly batch_id: string | null;
  readonly manifest_sha256: string | null;
  readonly live: LiveSummary;
  readonly strict_sync: StrictSync | null;
  readonly embed: EmbedFigures;
  /** All that stand refused at the end, also those that were known. */
  readonly refused: Refused;
}

/** Coverage at the end of the run: what was planned and neither done nor failed is `pending`. */
export interface RunCoverage extends Coverage {
  readonly pending: number;
}

/** Two figures that must be equal; `ok` null: one of them is not known. */
export interface Reconciliation {
  readonly name: string;
  readonly manifest_id: string | null;
  readonly expected: string | number | null;
  readonly actual: string | number | null;
  readonly ok: boolean | null;
  /** What is compared, in words. */
  readonly what: string;
}

export interface RunReportIndex extends DeclaredIndex {
  readonly coverage: RunCoverage;
  readonly planned: ApplyResult['applied'];
  /** Null when the run did not come to its end. */
  readonly applied: ApplyResult['applied'] | null;
  readonly recorded: { readonly documents: number; readonly chunks: number } | null;
  readonly live: LiveSummary | null;
  readonly strict_sync: StrictSync | null;
  readonly embed: EmbedFigures | null;
  /** Null when the run did not come to its end. */
  readonly refused: Refused | null;
}

export interface ReportedDocument {
  readonly manifest_id: string;
  readonly uri: string;
  readonly code: string;
  readonly message: string;
}

/** `listed` holds the first of them, `total` counts all. */
export interface ReportedDocuments {
  readonly total: number;
  readonly listed: readonly ReportedDocument[];
}

export interface RunFigures {
  readonly documents_done: number;
  readonly documents_total: number;
  readonly upserted: number;
  readonly relabelled: number;
  readonly deleted: number;
  readonly embedded: number;
  readonly cached: number;
  readonly tokens: number | null;
  readonly cost: number | null;
  readonly retries: number | null;
  readonly committed_batches: number;
}

export interface HistoryEntry {
  readonly run_id: string;
  readonly started_at: string;
  readonly duration_ms: number | null;
  /** Null: it was killed. */
  readonly outcome: string | null;
  readonly upserted: number;
  readonly embedded: number;
  readonly deleted: number;
}

/** One line of what ties records, events, telemetry and this report together. */
export interface AnchorLine {
  readonly manifest_id: string;
  readonly batch_id: string;
  readonly run_id: string;
  readonly trace_id: string;
  readonly source_id: string;
  readonly source_fingerprint: string;
}

export interface RunReport {
  readonly type: 'run_report';
  readonly format_version: string;
  readonly environment: string;
  readonly run: {
    readonly run_id: string;
    readonly trace_id: string;
    readonly plan_id: string | null;
    readonly command: string;
    readonly user: string;
    readonly host: string;
    /** ISO 8601 with zone. */
    readonly started_at: string;
    /** Null: it was killed, or is at work. */
    readonly finished_at: string | null;
    readonly duration_ms: number | null;
    readonly outcome: string | null;
    readonly reason: string | null;
    readonly resumed: boolean;
    readonly resume_reason: string | null;
    readonly tool_version: string | null;
    readonly node_version: string | null;
    readonly os: string | null;
  };
  readonly verdict: RunVerdict;
  readonly coverage: RunCoverage;
  readonly figures: RunFigures;
  readonly indexes: readonly RunReportIndex[];
  readonly reconciliation: readonly Reconciliation[];
  /** Refused by this run; what was refused before and still is, `refused` counts. */
  readonly rejected: ReportedDocuments;
  readonly quarantined: ReportedDocuments;
  readonly failed: ReportedDocuments;
  readonly withheld: ReportedDocuments;
  readonly checks: readonly RetrievalCheck[];
  readonly warnings: readonly (Warning & { readonly manifest_id: string })[];
  readonly warn_count: number;
  readonly timings: Timings | null;
  /** Oldest first, this run last. */
  readonly history: readonly HistoryEntry[];
  readonly anchors: readonly AnchorLine[];
}
