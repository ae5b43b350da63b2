/** What `ingest smoke` prints: every step of a real run on a sample, and what showed it. contracts/smoke_report.schema.json */
import type { ErrorCode } from './error-codes.js';

export const SMOKE_REPORT_FORMAT = '1.0';

/** In the order in which they are taken. */
export const SMOKE_STEPS = [
  'sample',
  'apply',
  'apply again',
  'drift',
  'query',
  'report',
  'destroy',
  'clean up',
] as const;
export type SmokeStepName = (typeof SMOKE_STEPS)[number];

export interface SmokeStep {
  readonly name: SmokeStepName;
  /** `skipped`: a step before it failed, or a signal came. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** What was seen, a phrase each. */
  readonly evidence: readonly string[];
  readonly duration_ms: number;
  /** Why it failed; `code` null: what was seen is not what must be. */
  readonly problem: {
    readonly code: ErrorCode | null;
    readonly message: string;
    readonly advice: string | null;
  } | null;
}

export interface SmokeReport {
  readonly type: 'smoke_report';
  readonly format_version: string;
  readonly environment: string;
  readonly outcome: 'passed' | 'failed' | 'interrupted';
  /** ISO 8601. */
  readonly started_at: string;
  readonly duration_ms: number;
  readonly tool_version: string;
  /** Of each index: where it would live, where the sample lived meanwhile, and what was taken. */
  readonly indexes: readonly {
    readonly manifest_id: string;
    readonly target: string;
    readonly collection: string;
    readonly embedding: string;
    readonly declared: number;
    readonly sampled: number;
  }[];
  readonly steps: readonly SmokeStep[];
  /** Collections that could not be taken away; to be deleted by hand. */
  readonly left_behind: readonly string[];
}
