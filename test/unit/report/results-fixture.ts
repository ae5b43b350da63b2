/** Results of apply, drift and status for the renderers; each test says only what differs. */

import type { DriftIndex, DriftReport } from '../../../src/domain/drift-report.js';
import type { ApplyResult, StatusIndex, StatusReport } from '../../../src/domain/results.js';
import type { LeaseHolder, RunRow } from '../../../src/domain/state-rows.js';

export const RUN: RunRow = {
  run_id: '01KB7R2FZZZZZZZZZZZZZZZZZZ',
  started_at: '2026-11-21T23:39:47+08:00',
  finished_at: '2026-11-21T23:41:09+08:00',
  command: 'apply --env prod',
  user: 'ana',
  host: 'laptop',
  pid: 4242,
  fence: 3,
  plan_id: null,
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  outcome: 'interrupted',
  reason: 'SIGINT',
  manifests: ['api-docs'],
  counters: '{}',
};

export const HOLDER: LeaseHolder = {
  run_id: RUN.run_id,
  fence: 3,
  pid: 4242,
  host: 'laptop',
  user: 'ana',
  command: 'apply --env prod',
  since: '2026-11-21T23:39:47.123+08:00',
  boot_id: null,
  process_start: null,
};

export function applyResult(over: Partial<ApplyResult> = {}): ApplyResult {
  return {
    type: 'result',
    outcome: 'applied',
    reason: 'ok',
    advice: null,
    environment: 'prod',
    run_id: RUN.run_id,
    trace_id: RUN.trace_id,
    plan_id: 'c4e19b02'.repeat(8),
    applied: { create: 642, move: 0, update: 0, delete: 0, repair: 0, replace: 0 },
    failed: 0,
    failures: [],
    rejected: 0,
    quarantined: 0,
    withheld: 0,
    embedded: 4310,
    cached: 0,
    upserted: 4310,
    relabelled: 0,
    deleted: 0,
    retries: 0,
    duration_ms: 3800,
    strict_sync: {
      ok: true,
      level: 'ids',
      expected: 4310,
      actual: 4310,
      delta: 0,
      message: null,
      documents: 0,
      where: [],
    },
    checks: [],
    interrupted: null,
    canaries: { asked: 8, passed: 8 },
    live_count: 4310,
    recorded_chunks: 4310,
    ...over,
  };
}

export function driftIndex(over: Partial<DriftIndex> = {}): DriftIndex {
  return {
    manifest_id: 'support-docs',
    batch_id: '9f3c11d0'.repeat(4),
    collection: 'support_docs',
    target: 'https://chroma.internal',
    verify: 'ids',
    recorded: { documents: 1284, chunks: 9406 },
    live_count: 9406,
    canaries: { asked: 8, passed: 8 },
    sample: null,
    status: 'ok',
    classes: [],
    last_good_run: { ...RUN, outcome: 'applied', reason: 'ok' },
    repair: { records: 0, cached: 0, compute: 0 },
    advice: null,
    error: null,
    ...over,
  };
}

export function driftReport(...indexes: DriftIndex[]): DriftReport {
  return {
    environment: 'prod',
    checked_at: '2026-11-22T03:00:04.511+08:00',
    drift: indexes.some((index) => index.classes.some((found) => found.class !== 'foreign')),
    unknown: indexes.some((index) => index.status === 'unreachable'),
    indexes,
  };
}

export function drifted(): DriftReport {
  return driftReport(
    driftIndex({
      live_count: 9395,
      classes: [
        {
          class: 'missing',
          incident: 'gap',
          records: 14,
          detail: null,
          ids: [],
          documents: 2,
          where: [
            { uri: 'guide/search.md', records: 12, of: 12 },
            { uri: 'guide/agents.md', records: 2, of: 7 },
          ],
        },
        {
          class: 'orphan',
          incident: 'duplicate',
          records: 2,
          detail: null,
          ids: [],
          documents: 1,
          where: [{ uri: 'v1/sso.md', records: 2, of: null }],
        },
        {
          class: 'foreign',
          incident: 'no-trace',
          records: 1,
          detail: null,
          ids: ['6f0c21d9'],
          documents: 0,
          where: [{ uri: null, records: 1, of: null }],
        },
      ],
      repair: { records: 16, cached: 14, compute: 0 },
    }),
  );
}

export function statusIndex(over: Partial<StatusIndex> = {}): StatusIndex {
  return {
    manifest_id: 'api-docs',
    declared: true,
    manifest_sha256: '8c41e2d7'.repeat(8),
    manifest_unchanged: true,
    batch_id: '2ab9d410'.repeat(4),
    collection: 'api-docs',
    target: 'https://chroma.internal',
    last_run: RUN,
    last_good_run: null,
    documents: 684,
    chunks: 4987,
    documents_total: 1284,
    documents_done: 684,
    checkpoint: 'api/quota.md',
    committed_batches: 5,
    chunks_upserted_total: 4987,
    intents: { open: 128, confirmed: 0, unknown: 0, unsettled: 0 },
    in_part: 1,
    rejects: 0,
    quarantined: 0,
    samples: [
      { uri: 'api/auth.md', content_sha256: '19b0c3ee'.repeat(8) },
      { uri: 'api/errors.md', content_sha256: '70d2aa15'.repeat(8) },
    ],
    searchers: 'mixed',
    replacement: null,
    advice: 're-run: it continues where it stopped',
    ways: [
      { way: 're-run', possible: true, advised: true, reason: 'it continues where it stopped' },
      { way: 'retry', possible: false, advised: false, reason: 'nothing failed, it was interrupted' },
      { way: 'replay', possible: false, advised: false, reason: 'unavailable, landing is off' },
      { way: 'backfill', possible: false, advised: false, reason: 'no source has a cursor' },
    ],
    cursor: null,
    cursors: [],
    journal_version: 1,
    run_id: RUN.run_id,
    done_docs: 684,
    open_intents: 128,
    resume_active: true,
    resume_reason: 'interrupted',
    fsync: 'doc',
    ...over,
  };
}

export function statusReport(...indexes: StatusIndex[]): StatusReport {
  return {
    environment: 'prod',
    lineage: 'f3a1',
    serial: 12,
    lease: null,
    indexes,
    not_applied: [],
    next: 'ingest apply --env prod',
  };
}
