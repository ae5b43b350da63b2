/** Folds what every index came to into the one result that decides text, JSON and exit code. */
import type { RetrievalCheck } from '../domain/checks.js';
import { IngestError } from '../domain/errors.js';
import type { Embedder } from '../domain/ports/embedder.js';
import type { ApplyOutcome, ApplyResult, StrictSync } from '../domain/results.js';
import type { ExecutablePlan } from '../plan/executable-plan.js';
import type { ApplyPorts, ApplyScope } from './apply-ports.js';
import type { IndexOutcome } from './index-outcome.js';
import type { AppliedCounts, IndexRun } from './index-run.js';
import type { RunRecorder } from './run-recorder.js';

/** What came of one index so far. */
export type Progress = Pick<IndexRun, 'manifestId' | 'done' | 'failures' | 'open'>;

/** What was begun, whether or not it ended: a failed run still tells what it did. */
export interface Running {
  /** By manifest. */
  readonly embedders: Map<string, Embedder>;
  readonly indexes: Progress[];
  readonly checks: RetrievalCheck[];
}

export function summariseRun(
  ports: ApplyPorts,
  scope: ApplyScope,
  plan: ExecutablePlan,
  outcomes: readonly Pick<IndexOutcome, 'rejected' | 'sync' | 'live'>[],
  running: Running,
  failure: unknown,
  duration: number,
): ApplyResult {
  const { recorder, writer, signal } = ports;
  const applied: AppliedCounts = { create: 0, move: 0, update: 0, delete: 0, repair: 0, replace: 0 };
  for (const run of running.indexes) {
    for (const key of Object.keys(applied) as (keyof AppliedCounts)[]) applied[key] += run.done[key];
  }
  const failures = running.indexes.flatMap((run) => run.failures);
  const rejects = outcomes.flatMap((outcome) => outcome.rejected);
  const stats = [...running.embedders.values()].map((embedder) => embedder.stats());
  const sum = (of: (one: (typeof stats)[number]) => number): number =>
    stats.reduce((total, one) => total + of(one), 0);
  const computed = sum((one) => one.computed);
  const sync = outcomes.reduce<StrictSync | null>((worst, { sync: next }) => worseSync(worst, next), null);
  const { outcome, reason } = verdict(
    signal,
    failure,
    failures.length,
    sync,
    scope,
    rejects,
    plan,
    outcomes.length,
    running.checks,
  );
  const { counters } = recorder;
  const live = outcomes.map((one) => one.live).filter((one) => one !== undefined);
  const swapped = swapsOf(ports, plan);
  return {
    type: 'result',
    outcome,
    reason,
    advice: outcome === 'failed' ? adviceOf(failure, running.checks) : null,
    environment: plan.header.environment,
    run_id: recorder.facts.run_id,
    trace_id: recorder.facts.trace_id,
    plan_id: scope.planId,
    applied,
    failed: failures.length,
    failures,
    rejected: rejects.length,
    quarantined: rejects.filter(({ verdict }) => verdict === 'quarantine').length,
    rejects,
    withheld: scope.summary.withheld,
    embedded: computed,
    // Equal texts that waited for one answer were not computed either.
    cached: Math.max(
      sum((one) => one.cached),
      counters.chunks_upserted - computed,
    ),
    upserted: counters.chunks_upserted,
    relabelled: counters.relabelled,
    deleted: counters.deleted,
    retries: sum((one) => one.retries),
    duration_ms: Math.round(duration),
    strict_sync: sync,
    checks: running.checks,
    interrupted:
      outcome === 'interrupted' || failure !== undefined ? interruption(recorder, running, computed) : null,
    canaries: {
      asked: live.reduce((total, one) => total + one.canaries.asked, 0),
      passed: live.reduce((total, one) => total + one.canaries.passed, 0),
    },
    live_count: live.length === 0 ? null : live.reduce((total, one) => total + (one.count ?? 0), 0),
    recorded_chunks: plan.indexes.reduce((total, index) => {
      const row = writer.index(index.header.manifest_id);
      return total + (row === undefined ? 0 : writer.counts(row.collection_id, row.manifest_id).chunks);
    }, 0),
    ...(swapped.length === 0 ? {} : { swapped }),
  };
}

/** The swaps that this run ended; the journal is asked only where the plan has one. */
function swapsOf(
  { writer, recorder }: ApplyPorts,
  { indexes }: ExecutablePlan,
): NonNullable<ApplyResult['swapped']> {
  return indexes.flatMap(({ header: { manifest_id, index_actions } }) => {
    if (!index_actions.some(({ action }) => action === 'replace' || action === 'swap')) return [];
    for (const { run_id, data } of writer.latestEvents('SWAP_DONE', manifest_id)) {
      if (run_id !== recorder.facts.run_id) return [];
      return [
        { collection: String(data['collection']), kept_as: (data['kept_as'] ?? null) as string | null },
      ];
    }
    return [];
  });
}

function verdict(
  signal: AbortSignal,
  failure: unknown,
  failed: number,
  sync: StrictSync | null,
  scope: ApplyScope,
  refused: IndexOutcome['rejected'],
  plan: ExecutablePlan,
  worked: number,
  checks: readonly RetrievalCheck[],
): { outcome: ApplyOutcome; reason: string } {
  if (failure instanceof IngestError)
    return { outcome: 'failed', reason: `${failure.code} ${failure.message}` };
  if (failure !== undefined) return { outcome: 'failed', reason: 'E901 unexpected error' };
  if (signal.aborted) return { outcome: 'interrupted', reason: String(signal.reason?.message ?? 'SIGINT') };
  if (sync !== null && !sync.ok) return { outcome: 'failed', reason: 'strict_sync_mismatch' };
  if (failed > 0) return { outcome: 'failed', reason: 'documents_failed' };
  const unread = plan.indexes.reduce((sum, index) => sum + index.header.coverage.failed, 0);
  if (unread > 0) return { outcome: 'failed', reason: 'documents_unreadable' };
  if (checks.some(({ status }) => status === 'not_run'))
    return { outcome: 'failed', reason: 'checks_not_run' };
  if (checks.some(({ status }) => status === 'failed'))
    return { outcome: 'partial', reason: 'checks_failed' };
  if (scope.summary.withheld > 0) return { outcome: 'partial', reason: 'losses_withheld' };
  if (unreadSource(plan)) return { outcome: 'partial', reason: 'sources_unreadable' };
  if (refused.length > 0) {
    const waits = refused.every((one) => one.verdict === 'quarantine');
    return { outcome: 'partial', reason: waits ? 'documents_quarantined' : 'documents_rejected' };
  }
  return worked === 0 ? { outcome: 'no_changes', reason: 'ok' } : { outcome: 'applied', reason: 'ok' };
}

/** A source, or a folder of one, that nobody could list: of what is in it nothing is known, not even that it failed. */
function unreadSource(plan: ExecutablePlan): boolean {
  return plan.indexes.some(({ header }) => header.warnings.some(({ key }) => key === 'unreadable'));
}

function adviceOf(failure: unknown, checks: readonly RetrievalCheck[]): string | null {
  if (failure instanceof IngestError) return failure.advice;
  return checks.find(({ status }) => status === 'not_run')?.error?.advice ?? null;
}

function worseSync(worst: StrictSync | null, next: StrictSync | undefined): StrictSync | null {
  if (next === undefined) return worst;
  if (worst === null) return next;
  return worst.ok ? next : worst;
}

function interruption(recorder: RunRecorder, running: Running, computed: number): ApplyResult['interrupted'] {
  const { counters } = recorder;
  const open = running.indexes.flatMap((run) => [...run.open.values()]);
  return {
    documents_done: counters.documents_done,
    documents_total: counters.documents_total,
    chunks_written: counters.chunks_upserted,
    batches: counters.committed_batches,
    in_part: open
      .filter((work) => work.put.length > 0)
      .map((work) => ({
        uri: work.change.uri,
        done: work.document.chunks.length - work.put.length + work.written.length,
        total: work.document.chunks.length,
      })),
    paid_not_written: Math.max(0, computed - counters.chunks_upserted),
  };
}
