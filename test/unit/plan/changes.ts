/** A change, so that each test says only what differs; and a plan in memory. */
import type { Change, Plan, PlanHeader, PlanIndex } from '../../../src/domain/plan.js';
import { computePlanId } from '../../../src/plan/saved/plan-id.js';
import { EMPTY_SUMMARY } from '../../../src/plan/summarise.js';

export function change(overrides: Partial<Change> = {}): Change {
  return {
    action: 'update',
    source_id: 'h',
    uri: 'h/a.md',
    reasons: ['content'],
    detail: null,
    resume: false,
    moved_from: null,
    before: { content_sha256: 'a'.repeat(64), metadata_sha256: 'b'.repeat(64), chunks: 3 },
    after: { content_sha256: 'c'.repeat(64), metadata_sha256: 'b'.repeat(64), chunks: 4 },
    chunks: { add: 2, keep: 2, relabel: 1, delete: 1 },
    embed: { compute: 1, cached: 1, tokens: 30, cost: 0.5, seconds: 2 },
    guard: null,
    ...overrides,
  };
}

/** Of one index; its id is what its content says. */
export function planOf(changes: readonly Change[], header: Partial<PlanHeader> = {}): Plan {
  const index: PlanIndex = {
    header: {
      manifest_id: 'docs',
      manifest_file: 'desired/docs.yaml',
      collection: 'docs',
      target: 'memory',
      batch_id: 'b1',
      embedding: { provider: 'lexical-hash', model: 'm', semantic: false },
      recorded: { documents: 1, chunks: 3 },
      live: {
        status: 'ok',
        count: 3,
        foreign: 0,
        verify: 'counts',
        escalated: null,
        canaries: { asked: 3, passed: 3 },
        missing: 0,
        orphan: 0,
        tampered: 0,
      },
      sources: [],
      index_actions: [],
      coverage: { declared: 1, current: 1, old_kept: 0, quarantined: 0, rejected: 0, skipped: 0, failed: 0 },
      summary: EMPTY_SUMMARY,
      warnings: [],
    },
    changes: () => changes,
  };
  const sha256 = 'd'.repeat(64);
  return {
    header: {
      format_version: '1.0',
      tool_version: '0.0.0',
      created_at: '2026-01-01T00:00:00.000Z',
      environment: 'dev',
      outcome: 'changes',
      base: { lineage: 'l1', serial: 7, manifests: [{ manifest_id: 'docs', sha256 }] },
      options: { verify: 'counts', only: [], force: [], allow_delete: [], allow_empty: [], destroy: false },
      summary: EMPTY_SUMMARY,
      undeclared: [],
      plan_id: computePlanId('dev', [
        { manifest_id: 'docs', sha256, collection: 'docs', index_actions: [], changes: () => changes },
      ]),
      ...header,
    },
    indexes: [index],
    close: () => {},
  };
}
