/**
 * Executes a plan as one run: RUN_START, each index in turn, RUN_FINISH with outcome and reason. Partial
 * success is data: whatever happens, the run row and the journal say how far it got.
 */
import { IngestError } from '../domain/errors.js';
import type { Change, PlanSummary } from '../domain/plan.js';
import { WriteRejected } from '../domain/ports/live.js';
import type { ApplyResult, StrictSync } from '../domain/results.js';
import type { ExecutableIndex, ExecutablePlan } from '../plan/executable-plan.js';
import { endedWell } from '../plan/live-view/mark-unfinished.js';
import { applyIndex } from './apply-index.js';
import type { ApplyPorts, ApplyScope } from './apply-ports.js';
import { checkIndexes } from './check-indexes.js';
import { destroyIndex } from './destroy/destroy-index.js';
import { finishRun } from './finish-run.js';
import type { IndexOutcome } from './index-outcome.js';
import { nameRun } from './open-collection.js';
import { contractsToRecord, recordContracts } from './record-contracts.js';
import { forgetRejects } from './record-rejects.js';
import { refuseReplacements } from './replacement/refuse-replacements.js';
import { replaceCollection, type StagedRun } from './replacement/replace-collection.js';
import { batchesOf, plannedAnchors, recordedAnchors } from './run-anchors.js';
import { plannedIndexes } from './run-evidence.js';
import { type Running, summariseRun } from './summarise-run.js';

/** Journalled of one index; RUN_FINISH counts all. */
const MAX_WARNINGS = 100;

export async function applyPlan(
  ports: ApplyPorts,
  current: ExecutablePlan,
  scope: ApplyScope,
): Promise<ApplyResult> {
  const plan = { ...current, indexes: current.indexes.filter((index) => isCovered(index, scope)) };
  const { recorder, writer, clock } = ports;
  const started = clock.monotonic();
  refuseReplacements(plan);
  recorder.planId = scope.planId;
  recorder.count({ documents_total: documentsIn(scope.summary), chunks_total: scope.summary.chunks.add });
  const runId = recorder.facts.run_id;
  writer.transaction((tx) => {
    recorder.save(tx);
    if (scope.saved) tx.usePlan(scope.planId, scope.base.lineage ?? writer.lineage, scope.base.serial, runId);
    const event = { run_id: runId, manifest_id: null };
    tx.append({
      ...event,
      type: 'RUN_START',
      data: {
        ...scope.facts,
        ...scope.resume,
        plan_id: scope.planId,
        batches: batches(ports, plan),
        indexes: plannedIndexes(plan),
      },
    });
    if (scope.resume.resume_active) tx.append({ ...event, type: 'RUN_RESUME', data: { ...scope.resume } });
    for (const { header } of plan.indexes) {
      for (const warning of header.warnings.slice(0, MAX_WARNINGS)) {
        tx.append({ run_id: runId, manifest_id: header.manifest_id, type: 'WARN', data: { ...warning } });
      }
    }
  });

  const outcomes: (IndexOutcome & { readonly index: ExecutableIndex })[] = [];
  const destroyed: { readonly manifestId: string; readonly sync: StrictSync }[] = [];
  const running: Running = { embedders: new Map(), indexes: [], checks: [] };
  let failure: unknown;
  try {
    for (const index of plan.indexes) {
      if (ports.signal.aborted) break;
      if (index.context.destruction !== undefined) {
        const sync = await inBatch(ports, index, () => runDestruction(ports, scope, index, running));
        if (sync !== undefined) destroyed.push({ manifestId: index.header.manifest_id, sync });
        continue;
      }
      const outcome = await inBatch(ports, index, () => runIndex(ports, scope, index, running));
      if (outcome !== undefined) outcomes.push({ index, ...outcome });
    }
    await nameRunWhereMended(ports, plan, outcomes);
    await replaceCollections(ports, outcomes, running);
    running.checks.push(...(await checkIndexes(ports, plan, outcomes)));
  } catch (error) {
    if (!ports.signal.aborted || (error instanceof IngestError && error.code === 'E504')) {
      failure = named(error);
    }
  }
  const results = [...outcomes, ...destroyed.map(({ sync }) => ({ rejected: [], sync, live: undefined }))];
  const result = summariseRun(ports, scope, plan, results, running, failure, clock.monotonic() - started);
  const looked = [
    ...outcomes.map(({ run, sync, live }) => ({ manifestId: run.manifestId, sync, live })),
    ...destroyed.map(({ manifestId, sync }) => ({ manifestId, sync, live: undefined })),
  ];
  try {
    finishRun(ports, plan, result, { running, looked, failure });
  } catch (error) {
    // The first failure is the cause; that the end could not be recorded either is its consequence.
    throw failure ?? error;
  }
  if (failure !== undefined && !(failure instanceof IngestError)) throw failure;
  return result;
}

/** What is done for one index, as one span. */
function inBatch<T>(
  { telemetry }: ApplyPorts,
  { header }: ExecutableIndex,
  work: () => Promise<T>,
): Promise<T> {
  const { manifest_id, batch_id, collection } = header;
  return telemetry.span('batch', { manifest_id, batch_id: batch_id || undefined, collection }, work);
}

/** Of every index that the run writes events of: also of those that a replaced collection shares. */
function batches({ writer }: ApplyPorts, { indexes }: ExecutablePlan): readonly Record<string, unknown>[] {
  const others = indexes.some(({ context }) => context.replacement !== undefined) ? writer.indexes() : [];
  return batchesOf(
    new Map([
      ...others.map(({ manifest_id: id }) => [id, recordedAnchors(writer, id)] as const),
      ...indexes.map(({ header }) => [header.manifest_id, plannedAnchors(writer, header)] as const),
    ]),
  );
}

/** A run that this state did not know is forgotten only when every index in its collection was looked at and is whole. */
async function nameRunWhereMended(
  { writer }: ApplyPorts,
  plan: ExecutablePlan,
  outcomes: readonly IndexOutcome[],
): Promise<void> {
  const clean = new Map(outcomes.filter((one) => one.clean).map((one) => [one.run.manifestId, one.run]));
  for (const { context } of plan.indexes) {
    const run = clean.get(context.manifest.manifest_id);
    if (!context.live.stranger || run === undefined) continue;
    const owners = writer.indexes().filter((index) => index.collection_id === run.collection.id);
    if (owners.every((owner) => clean.has(owner.manifest_id))) await nameRun(run);
  }
}

/** Searchers are switched once all that share a collection are built. */
async function replaceCollections(
  ports: ApplyPorts,
  outcomes: readonly (IndexOutcome & { readonly index: ExecutableIndex })[],
  { checks }: Running,
): Promise<void> {
  const groups = new Map<string, (StagedRun & { readonly index: ExecutableIndex })[]>();
  for (const { run, staged, index } of outcomes) {
    if (staged === undefined) continue;
    groups.set(run.collection.id, [...(groups.get(run.collection.id) ?? []), { run, staged, index }]);
  }
  for (const group of groups.values()) {
    if (ports.signal.aborted) continue;
    const swapped = await ports.stopwatch.time('swap', () => replaceCollection(ports, group, checks));
    if (!swapped) continue;
    for (const { staged, index } of group) {
      if (staged.clean) await ports.writeIndexState(staged.context.manifest, index);
    }
  }
}

/** What Chroma refuses outside of any document is the world's failure, not a bug. */
function named(error: unknown): unknown {
  if (!(error instanceof WriteRejected)) return error;
  return new IngestError('E402', error.message, {
    kind: 'world',
    advice: 'What was confirmed is recorded. Look at the server, then run again.',
    cause: error,
  });
}

function isCovered(index: ExecutableIndex, { approved }: ApplyScope): boolean {
  return approved === undefined || approved(index.header.manifest_id) !== undefined;
}

async function runIndex(
  ports: ApplyPorts,
  scope: ApplyScope,
  index: ExecutableIndex,
  running: Running,
): Promise<IndexOutcome | undefined> {
  const { manifest } = index.context;
  const changes = () => scope.approved?.(manifest.manifest_id) ?? index.changes();
  if (index.context.pin === undefined) forgetRejects(ports.writer, index);
  const { only, input } = index.context.options;
  const whole = only.length === 0 && input === undefined && !leavesOut(index, scope);
  if (!needsWork(index, changes()) && !leftOpen(ports, index)) {
    if (whole) {
      rememberContracts(ports, index);
      await ports.writeIndexState(manifest, index);
    }
    return undefined;
  }
  const embedder = ports.embedder(manifest);
  running.embedders.set(manifest.manifest_id, embedder);
  const outcome = await applyIndex(
    {
      writer: ports.writer,
      recorder: ports.recorder,
      clock: ports.clock,
      signal: ports.signal,
      database: await ports.database(manifest),
      embedder,
      cache: ports.cache,
      landing: ports.landing,
      requestTimeoutMs: ports.requestTimeoutMs,
      onProgress: ports.onProgress,
      stopwatch: ports.stopwatch,
      changes,
      whole,
      onRun: (run) => running.indexes.push(run),
    },
    index,
  );
  if (outcome.clean && whole && !ports.signal.aborted) {
    await ports.writeIndexState(manifest, index);
  }
  return outcome;
}

/** Of an index that is as declared, and was applied by a version that did not record them. */
function rememberContracts({ writer, recorder }: ApplyPorts, { header, context }: ExecutableIndex): void {
  if (context.pin !== undefined || header.coverage.failed > 0) return;
  if (writer.index(header.manifest_id) === undefined) return;
  const contracts = contractsToRecord(writer, context);
  if (contracts === undefined) return;
  writer.transaction((tx) => recordContracts(tx, header.manifest_id, recorder.facts.run_id, contracts));
}

/** Undefined: there was nothing to end, or a signal stopped it. */
async function runDestruction(
  ports: ApplyPorts,
  scope: ApplyScope,
  index: ExecutableIndex,
  running: Running,
): Promise<StrictSync | undefined> {
  const { destruction, manifest } = index.context;
  const changes = () => scope.approved?.(manifest.manifest_id) ?? index.changes();
  if (destruction === undefined || !needsWork(index, changes())) return undefined;
  return destroyIndex({ ports, changes, onRun: (run) => running.indexes.push(run) }, index, destruction);
}

/** Whether more is to be done than a saved plan knows of: something changed since, or a late write landed. */
function leavesOut(index: ExecutableIndex, { approved }: ApplyScope): boolean {
  const { manifest, scratch } = index.context;
  const saved = approved?.(manifest.manifest_id);
  if (saved === undefined) return false;
  let left = 0;
  for (const change of index.changes()) if (change.action !== 'withheld') left++;
  for (const { action, uri } of saved) {
    // It still fits, so what it does is found now as well, but for deletes that are withheld now.
    const now = scratch.change(manifest.manifest_id, uri);
    if (action !== 'withheld' && now !== undefined && now.action !== 'withheld') left--;
  }
  return left > 0;
}

/** A no-op touches neither Chroma nor the state; withheld losses alone are a no-op. */
function needsWork(index: ExecutableIndex, changes: Iterable<Change>): boolean {
  if (index.header.index_actions.length > 0) return true;
  for (const change of changes) if (change.action !== 'withheld') return true;
  return false;
}

/**
 * What nobody has to write, and still has to be recorded, or every plan would look closer for ever: a run that
 * ended before it could verify; after --only, which batch is in the index; foreign records that came or
 * went; a last run that this state does not know. Not while documents can't be read, which no run can mend.
 */
function leftOpen({ writer }: ApplyPorts, { header, context }: ExecutableIndex): boolean {
  const row = writer.index(header.manifest_id);
  if (row === undefined || header.coverage.failed > 0) return false;
  if (context.pin !== undefined) return !endedWell(row);
  const { live } = header;
  const looked = live.verify === 'ids' || live.verify === 'content';
  const foreign = writer.collection(row.collection_id)?.foreign_count ?? 0;
  const { only, input } = context.options;
  if (input !== undefined) return !endedWell(row);
  const partOnly = row.batch_id === null && only.length === 0;
  return !endedWell(row) || partOnly || context.live.stranger || (looked && live.foreign !== foreign);
}

function documentsIn(summary: PlanSummary): number {
  return summary.create + summary.move + summary.update + summary.delete + summary.repair + summary.replace;
}
