/** Builds plans for the renderers: each test says only what differs. */
import type {
  Change,
  IndexHeader,
  Plan,
  PlanHeader,
  PlanSummary,
  SourceSummary,
} from '../../../src/domain/plan.js';
import { EMPTY_SUMMARY } from '../../../src/plan/summarise.js';

const SHA = (seed: string): string => seed.repeat(64).slice(0, 64);

export function change(uri: string, over: Partial<Change> = {}): Change {
  return {
    action: 'create',
    source_id: uri.split('/')[0] ?? uri,
    uri,
    reasons: ['new'],
    detail: null,
    resume: false,
    moved_from: null,
    before: null,
    after: { content_sha256: SHA('a91c04e7'), metadata_sha256: SHA('0'), chunks: 7 },
    chunks: { add: 7, keep: 0, relabel: 0, delete: 0 },
    embed: { compute: 7, cached: 0, tokens: 1750, cost: 0.00003, seconds: 0.3 },
    guard: null,
    ...over,
  };
}

export function side(seed: string, chunks: number): NonNullable<Change['before']> {
  return { content_sha256: SHA(seed), metadata_sha256: SHA('0'), chunks };
}

const NOTHING_EMBEDDED = { compute: 0, cached: 0, tokens: 0, cost: 0, seconds: 0 };

export function deletion(uri: string, over: Partial<Change> = {}): Change {
  return change(uri, {
    action: 'delete',
    reasons: ['gone'],
    before: side('d07fa1c2', 9),
    after: null,
    chunks: { add: 0, keep: 0, relabel: 0, delete: 9 },
    embed: NOTHING_EMBEDDED,
    ...over,
  });
}

export function withheld(uri: string, over: Partial<Change> = {}): Change {
  return deletion(uri, {
    action: 'withheld',
    chunks: { add: 0, keep: 9, relabel: 0, delete: 0 },
    guard: {
      rule: 'max_ratio',
      allowed_by: null,
      message: '412 of 1283 documents of handbook (32.1%), limit 10%',
    },
    ...over,
  });
}

export const HANDBOOK: SourceSummary = {
  source_id: 'handbook',
  type: 'files',
  fingerprint: SHA('77'),
  listing: 'full',
  documents: 1284,
  complete: true,
  skipped: { '.png': 12 },
  malformed: 0,
  superseded: 0,
  replay: 'unavailable',
  cursor: null,
};

export function indexHeader(over: Partial<IndexHeader> = {}): IndexHeader {
  return {
    manifest_id: 'support-docs',
    manifest_file: 'desired/support.yaml',
    collection: 'support_docs',
    target: 'https://chroma.internal/support_docs',
    batch_id: SHA('9f3c11d0').slice(0, 32),
    embedding: { provider: 'openai-compatible', model: 'text-embedding-3-small', semantic: true },
    recorded: { documents: 1284, chunks: 9412 },
    live: {
      status: 'ok',
      count: 9411,
      foreign: 0,
      verify: 'counts',
      escalated: null,
      canaries: { asked: 8, passed: 8 },
      missing: 0,
      orphan: 0,
      tampered: 0,
    },
    sources: [],
    index_actions: [],
    coverage: { declared: 0, current: 0, old_kept: 0, quarantined: 0, rejected: 0, skipped: 0, failed: 0 },
    summary: EMPTY_SUMMARY,
    warnings: [],
    ...over,
  };
}

export interface PlanParts {
  readonly index?: Partial<IndexHeader>;
  readonly header?: Partial<PlanHeader>;
}

/** A plan of one index; `changes` is called as often as the renderer reads. The summary is counted. */
export function planOf(changes: () => Iterable<Change>, parts: PlanParts = {}): Plan {
  const summary = { ...countChanges(changes()), ...parts.index?.summary };
  return planOfIndexes([{ header: indexHeader({ ...parts.index, summary }), changes }], {
    summary,
    ...parts.header,
  });
}

export function planOfIndexes(indexes: Plan['indexes'], header: Partial<PlanHeader> = {}): Plan {
  const summary = header.summary ?? EMPTY_SUMMARY;
  const { create, move, update, repair, reject, replace } = summary;
  const some = create + move + update + summary.delete + repair + reject + replace > 0;
  return {
    header: {
      format_version: '1.0',
      tool_version: '0.1.0',
      created_at: '2026-11-21T23:41:09+08:00',
      environment: 'prod',
      outcome: some ? 'changes' : 'no_changes',
      base: {
        lineage: 'f3a1',
        serial: 12,
        manifests: [{ manifest_id: 'support-docs', sha256: SHA('8c41e2d7') }],
      },
      options: { verify: 'counts', only: [], force: [], allow_delete: [], allow_empty: [], destroy: false },
      undeclared: [],
      plan_id: SHA('c4e19b02'),
      ...header,
      summary,
    },
    indexes,
    close: () => undefined,
  };
}

function countChanges(changes: Iterable<Change>): PlanSummary {
  const counts = { ...EMPTY_SUMMARY };
  const chunks = { ...EMPTY_SUMMARY.chunks };
  const embed = { compute: 0, cached: 0, tokens: 0, cost: 0, seconds: 0 };
  for (const item of changes) {
    counts[item.action]++;
    if (item.resume) counts.resume++;
    chunks.add += item.chunks.add;
    chunks.keep += item.chunks.keep;
    chunks.relabel += item.chunks.relabel;
    chunks.delete += item.chunks.delete;
    embed.compute += item.embed.compute;
    embed.cached += item.embed.cached;
    embed.tokens += item.embed.tokens;
    embed.cost += item.embed.cost ?? 0;
    embed.seconds += item.embed.seconds ?? 0;
  }
  return { ...counts, chunks, embed };
}

/** The plan of the look: every kind of change once or twice. */
export function fullPlan(): Plan {
  const none = { compute: 0, cached: 0, tokens: 0, cost: 0, seconds: 0 };
  const changes: Change[] = [
    change('handbook/guide/agents.md'),
    change('handbook/guide/routing.md', {
      action: 'update',
      reasons: ['content'],
      before: side('5bd2e0c1', 12),
      after: side('91aa7f30', 13),
      chunks: { add: 2, keep: 11, relabel: 11, delete: 1 },
      embed: { compute: 2, cached: 0, tokens: 500, cost: 0.00001, seconds: 0.2 },
    }),
    change('handbook/guide/search.md', {
      action: 'repair',
      reasons: ['missing-in-index'],
      before: side('e41b77f9', 12),
      after: side('e41b77f9', 12),
      chunks: { add: 2, keep: 10, relabel: 0, delete: 0 },
      embed: { ...none, cached: 2 },
    }),
    change('handbook/guide/setup.md', {
      action: 'update',
      reasons: ['metadata'],
      detail: 'title',
      before: side('0c3e18d4', 6),
      after: side('7fd2a916', 6),
      chunks: { add: 0, keep: 6, relabel: 6, delete: 0 },
      embed: none,
    }),
    change('handbook/guide/start.md', {
      action: 'move',
      reasons: ['moved'],
      moved_from: 'handbook/start.md',
      before: side('19b0c3ee', 6),
      after: side('19b0c3ee', 6),
      chunks: { add: 6, keep: 0, relabel: 0, delete: 6 },
      embed: { ...none, cached: 6 },
    }),
    change('handbook/faq/pricing.md', {
      action: 'reject',
      reasons: ['contract'],
      detail: '/owner required',
      before: side('41e0c7aa', 8),
      after: side('b2c95d10', 0),
      chunks: { add: 0, keep: 8, relabel: 0, delete: 0 },
      embed: none,
    }),
    deletion('handbook/v1/auth.md'),
    deletion('handbook/v1/billing.md'),
    change('handbook/入门/安装.md', {
      after: side('77e19ac0', 4),
      chunks: { add: 4, keep: 0, relabel: 0, delete: 0 },
    }),
  ];
  return planOf(() => changes, {
    index: {
      live: {
        ...indexHeader().live,
        verify: 'ids',
        escalated: 'counts differ',
        foreign: 1,
        missing: 2,
      },
      coverage: {
        declared: 1296,
        current: 1283,
        old_kept: 1,
        quarantined: 0,
        rejected: 0,
        skipped: 12,
        failed: 0,
      },
      sources: [HANDBOOK],
    },
  });
}
