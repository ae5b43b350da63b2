/** For those who do not want the lease: is the run that holds it alive? Opens nothing for writing. */
import type { Clock } from '../domain/ports/clock.js';
import type { StateReader } from '../domain/ports/state.js';
import type { HolderReport } from '../domain/state-reports.js';
import type { LeaseHolder } from '../domain/state-rows.js';
import { provenDead } from './acquire-lease.js';
import { heartbeatAt } from './heartbeat.js';
import { type ProcessProbe, systemProcesses } from './process-probe.js';
import { watchHolder } from './watch-holder.js';

/** A living holder's counter moves every second; this long without a move means dead or asleep. */
const PATIENCE_MS = 3000;

export interface LivenessOptions {
  readonly state: StateReader;
  readonly stateDir: string;
  readonly host: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly processes?: ProcessProbe;
}

/** The living holder, or undefined when the lease is free or its holder dead (or asleep: it holds nothing up). */
export async function livingHolder(options: LivenessOptions): Promise<LeaseHolder | undefined> {
  const holder = options.state.leaseHolder();
  if (holder === undefined) return undefined;
  return (await lookAt(holder, options)).liveness === 'alive' ? holder : undefined;
}

/** Who holds the lease, whether that run is alive, and how that is known; undefined when it is free. */
export async function judgeHolder(options: LivenessOptions): Promise<HolderReport | undefined> {
  const holder = options.state.leaseHolder();
  if (holder === undefined) return undefined;
  const beat = heartbeatAt(options.stateDir, holder.fence);
  const last_heartbeat = beat === undefined ? null : beat.toISOString();
  return { ...holder, last_heartbeat, ...(await lookAt(holder, options)) };
}

async function lookAt(
  holder: LeaseHolder,
  { stateDir, host, clock, signal, processes = systemProcesses }: LivenessOptions,
): Promise<Pick<HolderReport, 'liveness' | 'evidence'>> {
  const self = { host, boot_id: processes.bootId() };
  const dead = {
    liveness: 'dead',
    evidence: `process ${holder.pid} of this machine has ended`,
  } as const;
  if (provenDead(holder, self, processes)) return dead;
  const seen = await watchHolder({
    stateDir,
    fence: holder.fence,
    ttlMs: PATIENCE_MS,
    clock,
    signal,
    holds: () => true,
    ended: () => provenDead(holder, self, processes),
  });
  if (seen === 'alive') return { liveness: 'alive', evidence: 'its heartbeat moved while it was watched' };
  if (provenDead(holder, self, processes)) return dead;
  const still = `its heartbeat did not move for ${PATIENCE_MS / 1000} s`;
  const here = holder.host === host && holder.boot_id === self.boot_id;
  const why = here
    ? `process ${holder.pid} is there, maybe suspended`
    : `its process cannot be seen from here (it ran on ${holder.host})`;
  return { liveness: 'unknown', evidence: `${still}; ${why}` };
}
