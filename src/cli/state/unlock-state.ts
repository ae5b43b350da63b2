/** `state unlock`: looks at who holds the lease, backs the state up, and fences that run off. */
import { IngestError } from '../../domain/errors.js';
import { LeaseHeld } from '../../domain/lease-held.js';
import type { HolderReport, UnlockReport } from '../../domain/state-reports.js';
import type { Session } from '../session/session.js';

export interface UnlockRequest {
  readonly environment: string;
  /** The run that may be fenced off although it is alive. */
  readonly force: string | undefined;
  /** Asked unless the holder is proven dead: then nobody loses anything. */
  approve(holder: HolderReport): Promise<boolean>;
}

/** @throws LeaseHeld (E503) while the holder is alive and not named; IngestError E606 when another run is named */
export async function unlockState(session: Session, request: UnlockRequest): Promise<UnlockReport> {
  const { environment, force } = request;
  const state = await session.openReader(environment);
  const holder = await session.judgeHolder(environment, state);
  if (holder === undefined) return { outcome: 'nothing_to_unlock', environment, holder: null, backup: null };
  if (force !== undefined && force.toUpperCase() !== holder.run_id) {
    throw new IngestError('E606', `the lease is held by run ${holder.run_id}, not by ${force}`, {
      kind: 'input',
      advice:
        'Give the whole id of the run that is to lose the lease, as this command shows it without --force.',
    });
  }
  if (holder.liveness === 'alive' && force === undefined) {
    throw new LeaseHeld(
      holder,
      `It is alive: ${holder.evidence}. Wait, or stop it on ${holder.host} (pid ${holder.pid}). Only if you cannot reach it: --force ${holder.run_id}.`,
    );
  }
  if (holder.liveness !== 'dead' && !(await request.approve(holder))) {
    return { outcome: 'declined', environment, holder, backup: null };
  }
  const backup = await session.backUp(environment, undefined);
  state.close();
  // The lease is taken from exactly this holder, and given back: whoever took it meanwhile keeps it.
  const writer = await session.acquireWriter(environment, 'state unlock', 'doc', holder.fence);
  writer.transaction((tx) =>
    tx.append({
      type: 'STATE_UNLOCKED',
      run_id: holder.run_id,
      manifest_id: null,
      data: {
        by: session.identity,
        by_trace_id: session.trace.traceId,
        fence: holder.fence,
        liveness: holder.liveness,
        evidence: holder.evidence,
        forced: force !== undefined,
        backup,
      },
    }),
  );
  writer.close();
  return { outcome: 'unlocked', environment, holder, backup };
}
