/** Decides whether a lease holder that nobody can see is alive: its counter moves, or it stands still. */
import type { Clock } from '../domain/ports/clock.js';
import { readHeartbeat } from './heartbeat.js';

export interface HolderWatch {
  readonly stateDir: string;
  readonly fence: number;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether the lease is still under this fence. */
  readonly holds: () => boolean;
  /** Whether the holder's process ended meanwhile, as far as the system can tell. */
  readonly ended: () => boolean;
}

const POLL_MS = 250;

/**
 * `alive`: the counter moved. `silent`: it stood still for the TTL, or the process ended. `changed`: the
 * lease was freed or taken by another. @throws the signal's reason
 */
export async function watchHolder(watch: HolderWatch): Promise<'alive' | 'silent' | 'changed'> {
  const { stateDir, fence, clock } = watch;
  const poll = Math.max(1, Math.min(POLL_MS, watch.ttlMs / 4));
  const first = readHeartbeat(stateDir, fence);
  let still = 0;
  let last = clock.monotonic();
  while (still < watch.ttlMs) {
    watch.signal.throwIfAborted();
    await clock.sleep(poll, watch.signal);
    if (!watch.holds()) return 'changed';
    // Asked first: the counter of a process that was killed just now may have moved as well.
    if (watch.ended()) return 'silent';
    if (readHeartbeat(stateDir, fence) !== first) return 'alive';
    const now = clock.monotonic();
    // A long gap means that we were suspended too, perhaps together with the holder: it must not count.
    still += Math.min(now - last, 4 * poll);
    last = now;
  }
  return 'silent';
}
