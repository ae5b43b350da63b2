/** What the retrieval checks of one index found: told by `check` and `apply`, and recorded in CHECKS_DONE. */
import type { ErrorCode } from './error-codes.js';

/** `not_run`: nothing is known, because a question could not be embedded or asked. */
export type CheckStatus = 'passed' | 'failed' | 'not_run';

/** One thing that a query expects. */
export interface CheckExpectation {
  readonly kind: 'uri' | 'contains';
  readonly expected: string;
  /** Of the first chunk that is it, from 1; null when none of the nearest k is. */
  readonly rank: number | null;
  /** Whether the index has this document at all; null when that is not known of one by name. */
  readonly indexed: boolean | null;
}

export interface QueryCheck {
  readonly id: string;
  readonly query: string;
  readonly k: number;
  /** Everything that it expects was found. */
  readonly met: boolean;
  /** Share of what it expects that was found. */
  readonly recall: number;
  /** Of the first chunk that it expects. */
  readonly rank: number | null;
  readonly expected: readonly CheckExpectation[];
  /** Uri of the nearest chunk; null when the index has none. */
  readonly nearest: string | null;
  /** Of the last recorded run; null when it was not asked then. */
  readonly before: { readonly met: boolean; readonly rank: number | null } | null;
}

export interface RetrievalCheck {
  readonly manifest_id: string;
  /** Name under which the collection was found that was asked. */
  readonly collection: string;
  readonly status: CheckStatus;
  /** Queries of which everything, and not everything, was found. */
  readonly passed: number;
  readonly failed: number;
  /** Averages over the queries; null when they were not run. */
  readonly recall: number | null;
  readonly mrr: number | null;
  readonly thresholds: { readonly recall: number; readonly mrr: number | null };
  /** The last recorded run on what searchers see; null when there was none. */
  readonly before: {
    readonly run_id: string;
    readonly passed: number;
    readonly failed: number;
    readonly recall: number;
    readonly mrr: number;
  } | null;
  /** True when a new collection was held back, because not all checks of those that share it passed. */
  readonly swap_blocked: boolean;
  readonly queries: readonly QueryCheck[];
  /** Why they were not run. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly advice: string } | null;
}

/** Data of the event CHECKS_DONE: the result, and what it is a result of. */
export interface RecordedCheck extends RetrievalCheck {
  readonly collection_id: string;
  /** Hash of the checks as they were declared. */
  readonly checks_sha256: string;
  /** The run that had written to the index last. */
  readonly index_run: string;
}

/** What `check --json` prints. */
export interface CheckReport {
  readonly environment: string;
  /** Of the command that asked. */
  readonly trace_id?: string;
  readonly outcome: 'passed' | 'failed' | 'error' | 'no_checks';
  readonly checks: readonly RetrievalCheck[];
  /** Manifests that declare none. */
  readonly without_checks: readonly string[];
}
