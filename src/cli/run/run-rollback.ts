/** Opens what a rollback needs, under the lease unless it only looks, and runs it. */
import type { RetrievalCheck } from '../../domain/checks.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { RollbackPlan, RollbackResult } from '../../domain/rollback.js';
import { check, planRollback, rollback, unpinIndex } from '../../pipeline.js';
import type { PlanningPorts } from '../../plan/planning-ports.js';
import { longestTimeout } from '../session/longest-timeout.js';
import type { Session } from '../session/session.js';
import { runFacts, startRun, writeCompletedState } from './run-apply.js';

export interface RunRollbackOptions {
  readonly desired: DesiredState;
  /** MANIFEST_ID; undefined: the only one that was replaced. */
  readonly index: string | undefined;
  readonly generation: number | undefined;
  readonly dryRun: boolean;
  readonly unpin: boolean;
  readonly command: string;
  approve(plan: RollbackPlan): Promise<boolean>;
}

export async function runRollback(session: Session, request: RunRollbackOptions): Promise<RollbackResult> {
  const { desired, command, index, generation } = request;
  const { environment } = desired;
  if (request.dryRun) {
    const reader = await session.openReader(environment);
    const planning = await session.planningPorts(environment, reader, undefined);
    const { plan } = await planRollback(planning, desired, { index, generation });
    return { type: 'rollback', outcome: 'planned', environment, run_id: null, plan };
  }
  const { writer, recorder } = await startRun(session, desired, command, 'doc');
  const { clock, signal } = session.options;
  const ports = {
    writer,
    recorder,
    clock,
    signal,
    requestTimeoutMs: longestTimeout(desired.manifests),
    stopwatch: session.stopwatch,
  };
  const planning = await session.planningPorts(environment, writer, undefined);
  const facts = runFacts(session, desired, command);
  if (request.unpin) return unpinIndex(planning, ports, { desired, index, facts });
  const approve = async (plan: RollbackPlan): Promise<boolean> => {
    const approved = await request.approve(plan);
    if (approved) session.options.onExecute?.();
    return approved;
  };
  const result = await rollback(planning, ports, { desired, index, generation, facts, approve });
  for (const manifest of result.outcome === 'applied' ? desired.manifests : []) {
    await writeCompletedState(session, writer, recorder, environment, manifest);
  }
  if (result.outcome !== 'applied') return result;
  return { ...result, checks: await askAfterwards(session, planning, desired, result.plan) };
}

/**
 * What came back was good once, and whoever rolls back does so in need: checks are asked when all is done, and whatever
 * comes of them, a signal too, the rollback stands.
 */
async function askAfterwards(
  session: Session,
  planning: PlanningPorts,
  desired: DesiredState,
  plan: RollbackPlan | null,
): Promise<readonly RetrievalCheck[]> {
  const back = new Set(plan?.indexes.map((index) => index.manifest_id));
  const manifests = desired.manifests.filter((one) => back.has(one.manifest_id));
  try {
    const embedder = (manifest: Manifest) => session.embedder(manifest, undefined);
    return (await check(planning, embedder, { ...desired, manifests })).checks;
  } catch (error) {
    if (session.options.signal.aborted) return [];
    throw error;
  }
}
