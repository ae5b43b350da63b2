/**
 * The one story. Each use case fits on a screen: gather first, decide in pure functions, act last.
 *
 *   load desired -> scan sources -> gate -> recorded state -> live Chroma -> diff -> plan
 *     -> execute -> journal -> report
 */
import type { ComparedCollection } from './domain/adopted-documents.js';
import type { CheckReport } from './domain/checks.js';
import type { Diagnosis } from './domain/diagnosis.js';
import type { DriftReport } from './domain/drift-report.js';
import type { DesiredState, Manifest } from './domain/manifest.js';
import type { Change, Plan, PlanOptions } from './domain/plan.js';
import type { Embedder } from './domain/ports/embedder.js';
import type { LiveCollection } from './domain/ports/live.js';
import type { StateReader, StateTransaction } from './domain/ports/state.js';
import type { RejectReport } from './domain/rejects.js';
import type { ApplyResult, ResumeReport, StatusReport } from './domain/results.js';
import type { RollbackPlan, RollbackResult } from './domain/rollback.js';
import type { RunReport } from './domain/run-report.js';
import type { AdoptedVectors, RebuiltIndex } from './domain/state-reports.js';
import { type AdoptPorts, adoptCollections } from './execute/adopt-collections.js';
import { type AdoptVectorsPorts, adoptVectors } from './execute/adopt-vectors.js';
import { applyPlan } from './execute/apply-plan.js';
import type { ApplyPorts } from './execute/apply-ports.js';
import { type RebuildFacts, recordRebuilt } from './execute/record-rebuilt.js';
import { recordUnplanned } from './execute/record-unplanned.js';
import { type RollbackPorts, rollBack, unpin } from './execute/replacement/roll-back.js';
import { type CompareRequest, compareDocuments } from './plan/adopt/compare-documents.js';
import { buildPlan } from './plan/build-plan.js';
import type { ExecutablePlan } from './plan/executable-plan.js';
import { exportState } from './plan/inspect/export-state.js';
import { gatherChecks } from './plan/inspect/gather-checks.js';
import { gatherDiagnosis } from './plan/inspect/gather-diagnosis.js';
import { type DriftOptions, gatherDrift } from './plan/inspect/gather-drift.js';
import { gatherReject } from './plan/inspect/gather-reject.js';
import { gatherRunReport, type RunReportOptions } from './plan/inspect/gather-run-report.js';
import { gatherStatus } from './plan/inspect/gather-status.js';
import { listDocuments, listIndexes, lookUp } from './plan/inspect/look-up.js';
import { resumeReport } from './plan/inspect/resume-report.js';
import { type QueryResult, searchIndex } from './plan/inspect/search-index.js';
import type { PlanningPorts } from './plan/planning-ports.js';
import { type LiveState, type RebuildPorts, readLiveState } from './plan/rebuild/read-live-state.js';
import { gatherPin } from './plan/replacement/gather-pin.js';
import { chooseRollback, type FoundRollback, gatherRollback } from './plan/replacement/gather-rollback.js';
import { findStale, type StaleItem } from './plan/saved/check-freshness.js';
import { refuseUsedPlan } from './plan/saved/refuse-used.js';
import { attachDiffs } from './plan/text-diff/attach-diffs.js';

/** plan: everything is read, nothing is changed. With `diff` it holds the text that changes. The caller closes it. */
export async function plan(
  ports: PlanningPorts,
  desired: DesiredState,
  options: PlanOptions,
  { diff }: { readonly diff: boolean } = { diff: false },
): Promise<ExecutablePlan> {
  const found = await buildPlan(ports, desired, options);
  if (!diff) return found;
  return ports.stopwatch.time('text', () => attachDiffs(found));
}

/** retry: what it means to repeat a run. */
export { findRetry } from './plan/inspect/find-retry.js';

/** plan --what-if: what of the index would survive, by source. */
export { summariseWhatIf } from './plan/summarise-what-if.js';

export interface ApplyRequest {
  readonly desired: DesiredState;
  readonly options: PlanOptions;
  /** A plan that was reviewed; undefined: what is planned now is shown and approved now. */
  readonly saved: Plan | undefined;
  readonly fsync: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Shows the plan and what a resume found; answers whether to go on. Not asked when nothing would change. */
  approve(plan: Plan, resume: ResumeReport): Promise<boolean>;
}

export type ApplyAnswer =
  | { readonly kind: 'result'; readonly result: ApplyResult; readonly resume: ResumeReport }
  | { readonly kind: 'stale'; readonly items: readonly StaleItem[] }
  | { readonly kind: 'declined' };

/** apply: the same plan, under the lease; then its changes and only those. */
export async function apply(
  planning: PlanningPorts,
  ports: ApplyPorts,
  request: ApplyRequest,
): Promise<ApplyAnswer> {
  const { desired, saved, facts } = request;
  const { writer, recorder, signal } = ports;
  if (saved !== undefined) refuseUsedPlan(writer, saved.header);
  const resume = resumeReport(writer, recorder.facts.run_id, manifestIds(desired), request.fsync);
  const current = await buildPlan(planning, desired, saved?.header.options ?? request.options).catch(
    (error: unknown) => {
      recordUnplanned(ports, facts, resume, error);
      throw error;
    },
  );
  try {
    if (saved !== undefined) {
      const items = findStale(saved, current);
      if (items.length > 0) return { kind: 'stale', items };
    }
    const shown = saved ?? current;
    if (!(await request.approve(shown, resume))) return { kind: 'declined' };
    // Nothing crosses from plan to apply after a signal.
    signal.throwIfAborted();
    const approved = saved === undefined ? undefined : changesOf(saved);
    const result = await applyPlan(ports, current, {
      approved,
      summary: shown.header.summary,
      planId: shown.header.plan_id,
      base: shown.header.base,
      saved: saved !== undefined,
      facts,
      resume,
    });
    return { kind: 'result', result, resume };
  } finally {
    current.close();
  }
}

export interface RollbackTarget {
  /** Undefined: the only index whose collection was replaced. */
  readonly index: string | undefined;
  /** Undefined: what was replaced last. */
  readonly generation: number | undefined;
}

/** rollback, first half: what would be swapped back, and what that means. Changes nothing. */
export function planRollback(
  ports: PlanningPorts,
  desired: DesiredState,
  { index, generation }: RollbackTarget,
): Promise<FoundRollback> {
  const manifest = chooseRollback(desired, ports.state, index);
  return gatherRollback(ports, desired.environment, { manifest, generation });
}

/** rollback: planned, shown and approved under the lease, then one swap. Nothing is embedded. */
export async function rollback(
  planning: PlanningPorts,
  ports: RollbackPorts,
  request: RollbackTarget & {
    readonly desired: DesiredState;
    readonly facts: Readonly<Record<string, unknown>>;
    approve(plan: RollbackPlan): Promise<boolean>;
  },
): Promise<RollbackResult> {
  const { environment } = request.desired;
  const found = await planRollback(planning, request.desired, request);
  const { plan } = found;
  const none = { type: 'rollback', environment, run_id: null, plan } as const;
  if (plan.action === 'none') return { ...none, outcome: 'no_changes' };
  if (!(await request.approve(plan))) return { ...none, outcome: 'declined' };
  ports.signal.throwIfAborted();
  await rollBack(ports, found, request.facts);
  return { ...none, outcome: 'applied', run_id: ports.recorder.facts.run_id };
}

/** rollback --unpin: the next plan may replace the index again. */
export async function unpinIndex(
  planning: PlanningPorts,
  ports: RollbackPorts,
  request: {
    readonly desired: DesiredState;
    readonly index: string | undefined;
    readonly facts: Readonly<Record<string, unknown>>;
  },
): Promise<RollbackResult> {
  const { environment } = request.desired;
  const found = await gatherPin(planning, request.desired, request.index);
  const result = { type: 'rollback', environment, plan: null } as const;
  if (found === undefined) return { ...result, outcome: 'no_changes', run_id: null };
  await unpin(ports, found, request.facts);
  return { ...result, outcome: 'unpinned', run_id: ports.recorder.facts.run_id };
}

/** drift: live against recorded; sources are not scanned. */
export function drift(
  ports: PlanningPorts,
  desired: DesiredState,
  options: DriftOptions,
): Promise<DriftReport> {
  return gatherDrift(ports, desired, options);
}

/** diagnose: one document or record, through everything that knows of it; changes nothing. */
export function diagnose(
  ports: PlanningPorts,
  desired: DesiredState,
  asked: string,
  command: (args: readonly string[]) => string,
): Promise<Diagnosis> {
  return gatherDiagnosis(ports, desired, asked, command);
}

/** status: recorded state alone; works without Chroma and without a model. */
export function status(
  state: StateReader,
  desired: DesiredState | undefined,
  environment: string,
  lease: StatusReport['lease'],
): StatusReport {
  return gatherStatus(state, desired, environment, lease);
}

/** report: one run, told from its own events alone. */
export function report(state: StateReader, environment: string, options: RunReportOptions): RunReport {
  return gatherRunReport(state, environment, options);
}

/** rejects: what the gate keeps out, as it is recorded; nothing else is looked at. */
export { listRejects as refusedDocuments } from './plan/inspect/list-rejects.js';

/** rejects show: one of them, and what its source and the gate say of it now; changes nothing. */
export function refusedDocument(
  ports: PlanningPorts,
  desired: DesiredState,
  uri: string,
): Promise<RejectReport> {
  return gatherReject(ports, desired, uri);
}

/** check: the manifests' questions, asked of what searchers see now. */
export function check(
  ports: PlanningPorts,
  embedder: (manifest: Manifest) => Promise<Embedder>,
  desired: DesiredState,
): Promise<CheckReport> {
  return gatherChecks(ports, embedder, desired);
}

/** query: the nearest chunks of one index. */
export function query(
  ports: PlanningPorts,
  embedder: Embedder,
  manifest: Manifest,
  text: string,
  limit: number,
): Promise<QueryResult> {
  return searchIndex(ports, embedder, manifest, text, limit);
}

/** state rebuild and --state live: what live alone tells of the recorded state. To be closed. */
export function stateOfLive(ports: RebuildPorts, desired: DesiredState): Promise<LiveState> {
  return readLiveState(ports, desired);
}

/** Its second half: written down in one transaction. */
export function rebuildFrom(
  tx: StateTransaction,
  found: LiveState,
  lineage: string,
  facts: RebuildFacts,
): readonly RebuiltIndex[] {
  return recordRebuilt(tx, found, lineage, facts);
}

/** state adopt: the same, beside what is recorded; then the collections name this state as theirs. */
export async function adopt(
  ports: AdoptPorts,
  found: LiveState,
  facts: RebuildFacts,
  record: (tx: StateTransaction, adopted: readonly RebuiltIndex[]) => void,
): Promise<readonly RebuiltIndex[]> {
  return adoptCollections(ports, found, facts, record);
}

/** state adopt --from: vectors of another tool's collection, into the embedding cache. */
export function vectorsOfCollection(
  ports: AdoptVectorsPorts,
  collection: LiveCollection,
  textFrom: string | undefined,
): Promise<AdoptedVectors> {
  return adoptVectors(ports, collection, textFrom);
}

/** Its documents: what the other tool has of each, and what a plan makes of them. */
export function compareWithCollection(
  ports: PlanningPorts,
  desired: DesiredState,
  manifest: Manifest,
  request: CompareRequest,
): Promise<ComparedCollection> {
  return compareDocuments(ports, desired, manifest, request);
}

/** replay without a batch: those on record, and which of them can be read again. */
export { listBatches as recordedBatches } from './plan/inspect/list-batches.js';
/** runs: the history, each with its input. */
export { listRuns as recordedRuns } from './plan/inspect/list-runs.js';
export type { AdoptPorts, LiveState, RebuildFacts, RebuildPorts };

/** state list, show and export: rows as they are recorded; nothing else is looked at. */
export {
  exportState as recordedLines,
  listDocuments as recordedDocuments,
  listIndexes as recordedIndexes,
  lookUp as recordedOf,
};

function manifestIds(desired: DesiredState): string[] {
  return desired.manifests.map((manifest) => manifest.manifest_id);
}

function changesOf(saved: Plan): (manifestId: string) => Iterable<Change> | undefined {
  return (manifestId) => saved.indexes.find((index) => index.header.manifest_id === manifestId)?.changes();
}
