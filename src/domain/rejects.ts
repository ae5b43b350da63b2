/** What `ingest rejects` tells of documents that the gate keeps out. */
import type { Diagnosis } from './diagnosis.js';
import type { RefusedVerdict } from './plan.js';
import type { RejectRow } from './state-rows.js';

export interface RejectFilter {
  readonly verdict: RefusedVerdict | undefined;
  /** Any of its reasons. */
  readonly code: string | undefined;
  readonly source: string | undefined;
  readonly manifest: string | undefined;
  /** Over uris. */
  readonly glob: string | undefined;
}

export interface ListedReject extends RejectRow {
  readonly manifest_id: string;
  /** When the run began that refused this version first, ISO 8601; null when that is not known. */
  readonly since: string | null;
}

export interface RejectsReport {
  readonly environment: string;
  readonly total: number;
  /** By the reason that weighs most; the most frequent first. */
  readonly by_code: readonly {
    readonly verdict: RefusedVerdict;
    readonly code: string;
    readonly documents: number;
  }[];
  /** By index, then in uri order; read from the state, as often as asked for. */
  rows(): Iterable<ListedReject>;
}

/** One refused document: what was said of it, what would be said now, and what to do. */
export interface RejectReport {
  readonly environment: string;
  readonly reject: ListedReject;
  /** When the run ended, or began, that judged it last. */
  readonly judged_at: string | null;
  /** The last good version that searchers find; null: they find none. */
  readonly kept: { readonly content_sha256: string; readonly chunks: number } | null;
  /** Recipe of the gate now; null when the source is not declared here. */
  readonly gate_recipe: string | null;
  readonly now: Diagnosis['manifest'];
  /** A sentence. */
  readonly advice: string;
  /** The command for it, as words without the program's name; null: none is needed, or nothing but an edit helps. */
  readonly next: readonly string[] | null;
}
