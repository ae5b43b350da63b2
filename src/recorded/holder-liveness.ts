/** For readers: is the run that holds the lease alive? Opens nothing for writing. */
import type { Clock } from '../domain/ports/clock.js';
import type { LeaseHolder, StateReader } from '../domain/ports/state.js';
import { provenDead } from './acquire-lease.js';
import { type ProcessProbe, systemProcesses } from './process-probe.js';
import { watchHolder } from './watch-holder.js';

/** A living holder's counter moves every second; this long without a move means dead or asleep. */
const PATIENCE_MS = 3000;

/** The living holder, or undefined when the lease is free or its holder dead (or asleep: it holds nothing up). */
export async function livingHolder(options: {
  readonly state: StateReader;
  readonly stateDir: string;
  readonly host: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly processes?: ProcessProbe;
}): Promise<LeaseHolder | undefined> {
  const { state, stateDir, host, clock, signal, processes = systemProcesses } = options;
  const holder = state.leaseHolder();
  if (holder === undefined) return undefined;
  const self = { host, boot_id: processes.bootId() };
  if (provenDead(holder, self, processes)) return undefined;
  const seen = await watchHolder({
    stateDir,
    fence: holder.fence,
    ttlMs: PATIENCE_MS,
    clock,
    signal,
    holds: () => true,
    ended: () => provenDead(holder, self, processes),
  });
  return seen === 'alive' ? holder : undefined;
}
