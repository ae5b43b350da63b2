/**
 * What a run leaves behind so that its report can be made at any later time, from its own events alone: RUN_START
 * says what it set out to do, RUN_FINISH what came of it. Nothing else that a report tells may change afterwards.
 */
import { judgeRun } from '../diff/judge-run.js';
import type { LiveSummary } from '../domain/plan.js';
import type { EmbedderStats } from '../domain/ports/embedder.js';
import type { StateReader } from '../domain/ports/state.js';
import type { ApplyResult, StrictSync } from '../domain/results.js';
import type { FinishedIndex, PlannedIndex, Refused, RunVerdict } from '../domain/run-report.js';
import type { ExecutableIndex, ExecutablePlan } from '../plan/executable-plan.js';
import type { Running } from './summarise-run.js';

const MAX_WITHHELD = 100;

export function plannedIndexes(plan: ExecutablePlan): PlannedIndex[] {
  return plan.indexes.map((index) => {
    const { header, context } = index;
    return {
      manifest_id: header.manifest_id,
      manifest_sha256: context.manifest.sha256,
      batch_id: header.batch_id,
      collection: header.collection,
      target: header.target,
      embedding: { provider: header.embedding.provider, model: header.embedding.model },
      sources: header.sources,
      coverage: header.coverage,
      summary: header.summary,
      live: header.live,
      part: context.options.only.length > 0,
      withheld: firstWithheld(index),
    };
  });
}

function firstWithheld(index: ExecutableIndex): { uri: string; message: string }[] {
  const found: { uri: string; message: string }[] = [];
  if (index.header.summary.withheld === 0) return found;
  for (const { action, uri, guard, reasons } of index.changes()) {
    if (action !== 'withheld') continue;
    found.push({ uri, message: guard?.message ?? reasons.join(', ') });
    if (found.length === MAX_WITHHELD) break;
  }
  return found;
}

/** What strict sync saw of the indexes that were worked on. */
export interface Looked {
  readonly manifestId: string;
  readonly sync: StrictSync | undefined;
  readonly live: LiveSummary | undefined;
}

export function finishedIndexes(
  state: StateReader,
  plan: ExecutablePlan,
  running: Running,
  looked: readonly Looked[],
): FinishedIndex[] {
  return plan.indexes.map(({ header, context }) => {
    const id = header.manifest_id;
    const runs = running.indexes.filter((run) => run.manifestId === id);
    const seen = looked.find(({ manifestId }) => manifestId === id);
    const row = state.index(id);
    const sum = (of: (done: ApplyResult['applied']) => number): number =>
      runs.reduce((total, run) => total + of(run.done), 0);
    return {
      manifest_id: id,
      applied: {
        create: sum((done) => done.create),
        move: sum((done) => done.move),
        update: sum((done) => done.update),
        delete: sum((done) => done.delete),
        repair: sum((done) => done.repair),
        replace: sum((done) => done.replace),
      },
      failed: runs.reduce((total, run) => total + run.failures.length, 0),
      recorded: row === undefined ? { documents: 0, chunks: 0 } : state.counts(row.collection_id, id),
      collection_chunks: row === undefined ? null : state.counts(row.collection_id, undefined).chunks,
      batch_id: row?.batch_id ?? null,
      manifest_sha256: row?.manifest_sha256 ?? null,
      live: seen?.live ?? header.live,
      strict_sync: seen?.sync ?? null,
      embed: embedFigures(running.embedders.get(id)?.stats(), context.embedding.price),
      refused: refusedBy(state, id),
    };
  });
}

function embedFigures(stats: EmbedderStats | undefined, price: number | undefined): FinishedIndex['embed'] {
  const { computed = 0, cached = 0, tokens = 0, retries = 0 } = stats ?? {};
  const cost = tokens === 0 ? 0 : price === undefined ? null : (tokens * price) / 1e6;
  return { computed, cached, tokens, cost, retries };
}

function refusedBy(state: StateReader, manifestId: string): Refused {
  const rejected: Record<string, number> = {};
  const quarantined: Record<string, number> = {};
  for (const { code, verdict } of state.rejects(manifestId)) {
    const codes = verdict === 'quarantine' ? quarantined : rejected;
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return { rejected, quarantined };
}

function countOf(codes: Readonly<Record<string, number>>): number {
  return Object.values(codes).reduce((sum, n) => sum + n, 0);
}

/** What follows, decided once and recorded: a later version that decides otherwise changes no old report. */
export function verdictOf(
  plan: ExecutablePlan,
  result: ApplyResult,
  indexes: readonly FinishedIndex[],
): RunVerdict {
  const warnings = plan.indexes.flatMap(({ header }) => header.warnings).filter((one) => one.functional);
  const statuses = new Set(result.checks.map(({ status }) => status));
  return judgeRun({
    outcome: result.outcome,
    reason: result.reason,
    running: false,
    strictSyncOk: result.strict_sync?.ok ?? null,
    failed: plan.indexes.reduce((total, { header }) => total + header.coverage.failed, result.failed),
    rejected: indexes.reduce((total, { refused }) => total + countOf(refused.rejected), 0),
    quarantined: indexes.reduce((total, { refused }) => total + countOf(refused.quarantined), 0),
    withheld: result.withheld,
    checks: statuses.has('not_run')
      ? 'not_run'
      : statuses.has('failed')
        ? 'failed'
        : statuses.has('passed')
          ? 'passed'
          : 'none',
    warnings: [...new Set(warnings.map(({ key }) => key))].sort(),
    verb: plan.header.options.destroy ? 'destroy' : 'apply',
  });
}
