/** Opens what a rollback needs, under the lease unless it only looks, and runs it. */
import type { DesiredState } from '../domain/manifest.js';
import type { RollbackPlan, RollbackResult } from '../domain/rollback.js';
import { planRollback, rollback, unpinIndex } from '../pipeline.js';
import { longestTimeout } from './longest-timeout.js';
import { runFacts, startRun, writeCompletedState } from './run-apply.js';
import type { Session } from './session.js';

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
  const approve = (plan: RollbackPlan): Promise<boolean> => request.approve(plan);
  const result = await rollback(planning, ports, { desired, index, generation, facts, approve });
  for (const manifest of result.outcome === 'applied' ? desired.manifests : []) {
    await writeCompletedState(session, writer, recorder, environment, manifest);
  }
  return result;
}
