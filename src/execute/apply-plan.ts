/**
 * Executes a plan as one run: RUN_START, each index in turn, RUN_FINISH with outcome and reason. Partial
 * success is data: whatever happens, the run row and the journal say how far it got.
 */
import { IngestError } from '../domain/errors.js';
import type { ProgressEvent } from '../domain/events.js';
import type { Manifest } from '../domain/manifest.js';
import type { Change, PlanHeader, PlanSummary } from '../domain/plan.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';
import type { LiveDatabase } from '../domain/ports/live.js';
import type { ApplyOutcome, ApplyResult, ResumeReport, StrictSync } from '../domain/results.js';
import type { ExecutableIndex, ExecutablePlan } from '../plan/build-plan.js';
import { applyIndex, type IndexOutcome } from './apply-index.js';
import type { AppliedCounts, HeldWriter, IndexRun } from './index-run.js';
import type { RunRecorder } from './run-recorder.js';

export interface ApplyPorts {
  readonly writer: HeldWriter;
  readonly recorder: RunRecorder;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly requestTimeoutMs: number;
  readonly cache: EmbeddingCache;
  /** Connects for writing: creates the embedded Chroma when it does not exist yet. */
  database(manifest: Manifest): Promise<LiveDatabase>;
  embedder(manifest: Manifest): Embedder;
  onProgress(event: ProgressEvent): void;
  /** Called for every index that ended clean, inside the run: writes the completed-state file. */
  writeIndexState(manifest: Manifest, index: ExecutableIndex): Promise<void>;
}

export interface ApplyScope {
  /** The saved plan that is executed, or undefined: then all of the plan's changes are. */
  readonly approved: ((manifestId: string) => Iterable<Change>) | undefined;
  readonly summary: PlanSummary;
  readonly planId: string;
  readonly base: PlanHeader['base'];
  /** True for a plan from a file: it may be used once. */
  readonly saved: boolean;
  /** What RUN_START records beside the run's facts: versions, redacted flags, manifest hashes. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly resume: ResumeReport;
}

export async function applyPlan(
  ports: ApplyPorts,
  plan: ExecutablePlan,
  scope: ApplyScope,
): Promise<ApplyResult> {
  const { recorder, writer, clock } = ports;
  const started = clock.monotonic();
  refuseReplacement(plan, scope);
  recorder.planId = scope.planId;
  recorder.count({ documents_total: documentsIn(scope.summary), chunks_total: scope.summary.chunks.add });
  const runId = recorder.facts.run_id;
  writer.transaction((tx) => {
    recorder.save(tx);
    if (scope.saved) tx.usePlan(scope.planId, scope.base.lineage ?? writer.lineage, scope.base.serial, runId);
    tx.append({
      type: scope.resume.resume_active ? 'RUN_RESUME' : 'RUN_START',
      run_id: runId,
      manifest_id: null,
      data: { ...scope.facts, ...scope.resume, plan_id: scope.planId },
    });
  });

  const outcomes: IndexOutcome[] = [];
  const running: Running = { embedders: [], indexes: [] };
  let failure: unknown;
  try {
    for (const index of plan.indexes) {
      if (ports.signal.aborted) break;
      const outcome = await runIndex(ports, scope, index, running);
      if (outcome !== undefined) outcomes.push(outcome);
    }
  } catch (error) {
    if (!ports.signal.aborted || (error instanceof IngestError && error.code === 'E504')) failure = error;
  }
  const result = summarise(ports, scope, plan, outcomes, running, failure, clock.monotonic() - started);
  finish(ports, result, failure);
  if (failure !== undefined && !(failure instanceof IngestError)) throw failure;
  return result;
}

interface Running {
  readonly embedders: Embedder[];
  readonly indexes: IndexRun[];
}

async function runIndex(
  ports: ApplyPorts,
  scope: ApplyScope,
  index: ExecutableIndex,
  running: Running,
): Promise<IndexOutcome | undefined> {
  const { manifest } = index.context;
  const changes = () => scope.approved?.(manifest.manifest_id) ?? index.changes();
  if (!needsWork(index, changes())) {
    await ports.writeIndexState(manifest, index);
    return undefined;
  }
  const embedder = ports.embedder(manifest);
  running.embedders.push(embedder);
  const outcome = await applyIndex(
    {
      writer: ports.writer,
      recorder: ports.recorder,
      clock: ports.clock,
      signal: ports.signal,
      database: await ports.database(manifest),
      embedder,
      cache: ports.cache,
      requestTimeoutMs: ports.requestTimeoutMs,
      onProgress: ports.onProgress,
      changes,
      onRun: (run) => running.indexes.push(run),
    },
    index,
  );
  if (outcome.sync?.ok === true && outcome.run.failures.length === 0 && !ports.signal.aborted) {
    await ports.writeIndexState(manifest, index);
  }
  return outcome;
}

/** A no-op touches neither Chroma nor the state; withheld losses alone are a no-op. */
function needsWork(index: ExecutableIndex, changes: Iterable<Change>): boolean {
  if (index.header.index_actions.length > 0) return true;
  for (const change of changes) if (change.action !== 'withheld') return true;
  return false;
}

/** Refused by name before anything is touched; what can be applied in place goes on without it. */
function refuseReplacement(plan: ExecutablePlan, scope: ApplyScope): void {
  for (const index of plan.indexes) {
    const action = index.header.index_actions.find((candidate) => candidate.action === 'replace');
    if (action === undefined) continue;
    throw new IngestError(
      'E605',
      `${index.header.manifest_id} must be replaced (${action.reasons.join(', ')}): plan ${scope.planId.slice(0, 8)} cannot be applied`,
      {
        kind: 'input',
        advice:
          'Building a new collection beside the live one is not supported yet. Undo the change of model, distance or target, or give the index a new manifest_id and collection.',
      },
    );
  }
}

function documentsIn(summary: PlanSummary): number {
  return summary.create + summary.move + summary.update + summary.delete + summary.repair;
}

function summarise(
  ports: ApplyPorts,
  scope: ApplyScope,
  plan: ExecutablePlan,
  outcomes: readonly IndexOutcome[],
  running: Running,
  failure: unknown,
  duration: number,
): ApplyResult {
  const { recorder, writer, signal } = ports;
  const applied: AppliedCounts = { create: 0, move: 0, update: 0, delete: 0, repair: 0 };
  for (const run of running.indexes) {
    for (const key of Object.keys(applied) as (keyof AppliedCounts)[]) applied[key] += run.done[key];
  }
  const failures = running.indexes.flatMap((run) => run.failures);
  const rejects = outcomes.flatMap((outcome) => outcome.rejected);
  const stats = running.embedders.map((embedder) => embedder.stats());
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
    rejects.length,
    plan,
    outcomes.length,
  );
  const { counters } = recorder;
  const live = outcomes.map((one) => one.live).filter((one) => one !== undefined);
  return {
    type: 'result',
    outcome,
    reason,
    environment: plan.header.environment,
    run_id: recorder.facts.run_id,
    plan_id: scope.planId,
    applied,
    failed: failures.length,
    failures,
    rejected: rejects.length,
    rejects,
    withheld: scope.summary.withheld,
    embedded: computed,
    cached: sum((one) => one.cached),
    upserted: counters.chunks_upserted,
    relabelled: counters.relabelled,
    deleted: counters.deleted,
    retries: sum((one) => one.retries),
    duration_ms: Math.round(duration),
    strict_sync: sync,
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
  };
}

function verdict(
  signal: AbortSignal,
  failure: unknown,
  failed: number,
  sync: StrictSync | null,
  scope: ApplyScope,
  rejected: number,
  plan: ExecutablePlan,
  worked: number,
): { outcome: ApplyOutcome; reason: string } {
  if (failure instanceof IngestError)
    return { outcome: 'failed', reason: `${failure.code} ${failure.message}` };
  if (failure !== undefined) return { outcome: 'failed', reason: 'E901 unexpected error' };
  if (signal.aborted) return { outcome: 'interrupted', reason: String(signal.reason?.message ?? 'SIGINT') };
  if (sync !== null && !sync.ok) return { outcome: 'failed', reason: 'strict_sync_mismatch' };
  if (failed > 0) return { outcome: 'failed', reason: 'documents_failed' };
  const unread = plan.indexes.reduce((sum, index) => sum + index.header.coverage.failed, 0);
  if (unread > 0) return { outcome: 'failed', reason: 'documents_unreadable' };
  if (scope.summary.withheld > 0) return { outcome: 'partial', reason: 'losses_withheld' };
  if (rejected > 0) return { outcome: 'partial', reason: 'documents_rejected' };
  return worked === 0 ? { outcome: 'no_changes', reason: 'ok' } : { outcome: 'applied', reason: 'ok' };
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

function finish(ports: ApplyPorts, result: ApplyResult, failure: unknown): void {
  const { writer, recorder, clock } = ports;
  // A lost lease ends the right to write: the run that took over has the word.
  if (failure instanceof IngestError && failure.code === 'E504') return;
  recorder.count({ embedded: result.embedded, cached: result.cached });
  const at = new Date(clock.now()).toISOString();
  writer.transaction((tx) => {
    recorder.save(tx, { at, outcome: result.outcome, reason: result.reason });
    tx.append({
      type: 'RUN_FINISH',
      run_id: recorder.facts.run_id,
      manifest_id: null,
      data: {
        outcome: result.outcome,
        reason: result.outcome === 'applied' || result.outcome === 'no_changes' ? 'ok' : result.reason,
        delta: result.strict_sync?.delta ?? null,
        strict_sync: result.strict_sync,
        applied: result.applied,
        failed: result.failed,
        rejected: result.rejected,
        withheld: result.withheld,
        warn_count: 0,
        warn_functional_count: 0,
        warn_keys: [],
      },
    });
  });
}
