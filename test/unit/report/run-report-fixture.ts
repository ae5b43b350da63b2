/** The report of a run in which everything occurs; each test says only what differs. */
import type { RunReport } from '../../../src/domain/run-report.js';

/** A name that must never become markup, in any format. */
export const HOSTILE =
  'docs/<img src=x onerror="document.title=1">`|</title><script>document.title=2</script>.md';

const ACTIONS = { create: 12, move: 1, update: 3, delete: 2, repair: 1, replace: 0 } as const;
const SHA = 'a'.repeat(64);
const ANCHOR = {
  manifest_id: 'support-docs',
  batch_id: 'd45be59d15d4b76a37fae190f8d83dc7',
  run_id: '01KB7Q4MZZZZZZZZZZZZZZZZZZ',
  trace_id: '0af7651916cd43dd8448eb211c80319c',
} as const;
const LIVE = {
  status: 'ok',
  count: 9412,
  foreign: 2,
  verify: 'ids',
  escalated: null,
  canaries: { asked: 8, passed: 8 },
  missing: 0,
  orphan: 0,
  tampered: 0,
} as const;
const COVERAGE = {
  declared: 1300,
  current: 1280,
  old_kept: 2,
  quarantined: 3,
  rejected: 1,
  skipped: 12,
  failed: 1,
  pending: 1,
} as const;

export function runReport(over: Partial<RunReport> = {}): RunReport {
  return {
    type: 'run_report',
    format_version: '1.0',
    environment: 'prod',
    run: {
      run_id: ANCHOR.run_id,
      trace_id: ANCHOR.trace_id,
      plan_id: 'b'.repeat(64),
      command: 'apply --env prod',
      user: 'ana',
      host: 'laptop',
      started_at: '2026-11-21T18:20:31+08:00',
      finished_at: '2026-11-21T18:21:53+08:00',
      duration_ms: 82_000,
      outcome: 'partial',
      reason: 'losses_withheld',
      resumed: true,
      resume_reason: 'run 01KB7Q3A was killed',
      tool_version: '0.1.0',
      node_version: 'v20.20.2',
      os: 'linux x64 6.1',
    },
    verdict: {
      status: 'warning',
      reason_codes: ['documents_rejected', 'losses_withheld', 'warn:duplicate'],
      downstream_decision: 'proceed_with_gaps',
      recommended_action: 'rerun_after_fix',
      recommendation: 'mend the rejected documents (or the contract), then apply again',
      command: ['validate'],
    },
    coverage: COVERAGE,
    figures: {
      documents_done: 17,
      documents_total: 19,
      upserted: 61,
      relabelled: 7,
      deleted: 15,
      embedded: 40,
      cached: 21,
      tokens: 12_345,
      cost: 0.0002,
      retries: 2,
      committed_batches: 1,
    },
    indexes: [
      {
        manifest_id: ANCHOR.manifest_id,
        manifest_sha256: SHA,
        batch_id: ANCHOR.batch_id,
        collection: 'support_docs',
        target: 'https://chroma.internal',
        embedding: { provider: 'openai-compatible', model: 'text-embedding-3-small' },
        sources: [
          {
            source_id: 'handbook',
            type: 'files',
            fingerprint: SHA,
            listing: 'full',
            documents: 1288,
            complete: false,
            skipped: { '.png': 11, empty: 1 },
            malformed: 0,
            superseded: 0,
            replay: 'unavailable',
            cursor: null,
          },
        ],
        coverage: COVERAGE,
        planned: { ...ACTIONS, create: 14 },
        applied: ACTIONS,
        recorded: { documents: 1282, chunks: 9410 },
        live: LIVE,
        strict_sync: {
          ok: true,
          level: 'ids',
          expected: 9410,
          actual: 9412,
          delta: 0,
          message: null,
          documents: 0,
          where: [],
        },
        embed: { computed: 40, cached: 21, tokens: 12_345, cost: 0.0002, retries: 2 },
        refused: { rejected: { contract: 1 }, quarantined: { 'pii-gap': 3 } },
      },
    ],
    reconciliation: [
      {
        name: 'coverage',
        manifest_id: 'support-docs',
        expected: 1300,
        actual: 1300,
        ok: true,
        what: 'declared = the sum of its classes',
      },
      { name: 'batch', manifest_id: 'support-docs', expected: 'x', actual: 'y', ok: false, what: 'batch' },
      { name: 'documents', manifest_id: null, expected: null, actual: 2, ok: null, what: 'documents' },
    ],
    rejected: {
      total: 1,
      listed: [
        {
          manifest_id: 'support-docs',
          uri: HOSTILE,
          code: 'contract',
          message: '/owner <b>required</b> \u202Etxt',
        },
      ],
    },
    quarantined: { total: 0, listed: [] },
    failed: {
      total: 1,
      listed: [
        { manifest_id: 'support-docs', uri: 'docs/入门.md', code: 'failed', message: 'cannot be embedded' },
      ],
    },
    withheld: {
      total: 2,
      listed: [
        { manifest_id: 'support-docs', uri: 'docs/old.md', code: 'withheld', message: '32%, limit 10%' },
      ],
    },
    checks: [
      {
        manifest_id: 'support-docs',
        collection: 'support_docs',
        status: 'failed',
        passed: 1,
        failed: 1,
        recall: 0.5,
        mrr: 0.5,
        thresholds: { recall: 1, mrr: null },
        before: { run_id: '01KB7P000000', passed: 2, failed: 0, recall: 1, mrr: 1 },
        swap_blocked: false,
        queries: [
          {
            id: 'lost',
            query: 'how <i>do</i> I reset?',
            k: 5,
            met: false,
            recall: 0,
            rank: null,
            expected: [{ kind: 'uri', expected: 'docs/reset.md', rank: null, indexed: true }],
            nearest: 'docs/a.md',
            before: { met: true, rank: 1 },
          },
        ],
        error: null,
      },
    ],
    warnings: [
      {
        manifest_id: 'support-docs',
        key: 'duplicate',
        message: 'two documents say the same',
        detail: 'docs/a.md',
        functional: true,
      },
    ],
    warn_count: 1,
    timings: {
      wall_ms: 82_500,
      phases: [
        { phase: 'scan', busy_ms: 40, times: 1 },
        { phase: 'embed', busy_ms: 60_000, times: 4 },
        { phase: 'upsert', busy_ms: 30_000, times: 2 },
      ],
    },
    history: [
      {
        run_id: '01KB7P000000',
        started_at: '2026-11-20T18:20:31+08:00',
        duration_ms: 1000,
        outcome: 'applied',
        upserted: 122,
        embedded: 122,
        deleted: 0,
      },
      {
        run_id: '01KB7Q3A0000',
        started_at: '2026-11-21T17:20:31+08:00',
        duration_ms: null,
        outcome: null,
        upserted: 0,
        embedded: 5,
        deleted: 0,
      },
      {
        run_id: ANCHOR.run_id,
        started_at: '2026-11-21T18:20:31+08:00',
        duration_ms: 82_000,
        outcome: 'partial',
        upserted: 61,
        embedded: 40,
        deleted: 15,
      },
    ],
    anchors: [{ ...ANCHOR, source_id: 'handbook', source_fingerprint: SHA }],
    ...over,
  };
}
