/** What drift hands to its renderers. */
import type { DriftClassName, Incident, RecordPart } from './drift-classes.js';
import type { ErrorCode } from './error-codes.js';
import type { VerifyLevel } from './plan.js';
import type { RunRow } from './state-rows.js';

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
  /** The input that it is recorded to be made from; null when none is, or a part of one. */
  readonly batch_id: string | null;
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
  /** Of the command that looked. */
  readonly trace_id?: string;
  readonly checked_at: string;
  /** Of what could be looked at. */
  readonly drift: boolean;
  /** True when an index could not be looked at: then nothing is known of it. */
  readonly unknown: boolean;
  readonly indexes: readonly DriftIndex[];
}
