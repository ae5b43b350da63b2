/**
 * Opens the recorded state for writing: exactly one run at a time. A dead holder is taken over, at once
 * when the operating system proves it dead, otherwise when its heartbeat stood still for the TTL on our
 * own monotonic clock. A living one is named and refused.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { IngestError } from '../domain/errors.js';
import { LeaseHeld } from '../domain/lease-held.js';
import type { Clock } from '../domain/ports/clock.js';
import type { LeaseHolder } from '../domain/state-rows.js';
import { type Database, openDatabase } from '../platform/sqlite.js';
import { type FsyncPolicy, FsyncSchedule } from './fsync-policy.js';
import { type Heartbeat, startHeartbeat } from './heartbeat.js';
import { type Claim, type Claimant, claimLease, readHolder, releaseLease } from './lease-row.js';
import { STATE_FILE } from './open-state.js';
import { type ProcessProbe, systemProcesses } from './process-probe.js';
import { restoreDeleteMode } from './restore-delete-mode.js';
import { causedBy, stateError } from './state-error.js';
import { type LeasedWriter, RecordedStateWriter } from './state-writer.js';
import { watchHolder } from './watch-holder.js';

export interface AcquireOptions {
  /** `<state>/<env>`; made when it does not exist. */
  readonly stateDir: string;
  readonly mintRunId: Claimant['mintRunId'];
  readonly command: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly fsync: FsyncPolicy;
  readonly signal: AbortSignal;
  /** How often this run's counter moves. Default 1,000 ms. */
  readonly heartbeatMs?: number;
  /** How long another's counter must stand still before its lease is taken. Default 30,000 ms. */
  readonly ttlMs?: number;
  /** Called once per holder that is being watched, before the waiting begins. */
  readonly onWaiting?: (holder: LeaseHolder) => void;
  readonly processes?: ProcessProbe;
  /** Fence of a holder whose lease may be taken without further proof; another holder's is judged as ever. */
  readonly over?: number;
}

/**
 * @throws LeaseHeld (E503) when a living run holds it; IngestError E501, E502; the signal's reason
 */
export async function acquireWriter(options: AcquireOptions): Promise<LeasedWriter> {
  const file = join(options.stateDir, STATE_FILE);
  const processes = options.processes ?? systemProcesses;
  const claimant: Claimant = {
    mintRunId: options.mintRunId,
    pid: options.pid,
    host: options.host,
    user: options.user,
    command: options.command,
    since: new Date(options.clock.now()).toISOString(),
    boot_id: processes.bootId(),
    process_start: startOf(processes, options.pid),
  };
  options.signal.throwIfAborted();
  const db = openForWriting(options.stateDir, file);
  try {
    const claim = await claimPatiently(db, file, claimant, processes, options);
    return becomeWriter(db, file, claim, options);
  } catch (error) {
    // Held, or interrupted: the holder may have closed meanwhile and left this to us. Not so with a file
    // that is damaged, newer or another program's.
    const ours = !(error instanceof IngestError) || error instanceof LeaseHeld;
    try {
      if (ours) restoreDeleteMode(db);
    } finally {
      db.close();
    }
    throw error;
  }
}

/** The state may hold what documents hold, so it is its owner's alone, where the platform knows owners. */
function openForWriting(stateDir: string, file: string): Database {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw stateError(error, file);
  }
  return openDatabase(file, { busyTimeoutMs: 10_000, translate: (error) => stateError(error, file) });
}

type Taken = Extract<Claim, { taken: true }>;

async function claimPatiently(
  db: Database,
  file: string,
  claimant: Claimant,
  processes: ProcessProbe,
  options: AcquireOptions,
): Promise<Taken> {
  const { clock, signal, stateDir, ttlMs = 30_000 } = options;
  let over = options.over;
  for (;;) {
    const claim = claimLease(db, file, claimant, over);
    if (claim.taken) return claim;
    const { holder } = claim;
    if (provenDead(holder, claimant, processes)) {
      over = holder.fence;
      continue;
    }
    options.onWaiting?.(holder);
    const seen = await watchHolder({
      stateDir,
      fence: holder.fence,
      ttlMs,
      clock,
      signal,
      holds: () => readHolder(db)?.fence === holder.fence,
      ended: () => provenDead(holder, claimant, processes),
    });
    if (seen === 'alive') throw new LeaseHeld(holder);
    over = seen === 'silent' ? holder.fence : undefined;
  }
}

/** Only on the same boot of the same machine can a pid prove anything. */
export function provenDead(
  holder: LeaseHolder,
  self: Pick<Claimant, 'host' | 'boot_id'>,
  processes: ProcessProbe,
): boolean {
  if (holder.host !== self.host || holder.boot_id !== self.boot_id) return false;
  const found = processes.look(holder.pid);
  if (found.state === 'gone') return true;
  return holder.process_start !== null && found.start !== null && found.start !== holder.process_start;
}

function startOf(processes: ProcessProbe, pid: number): string | null {
  const found = processes.look(pid);
  return found.state === 'there' ? found.start : null;
}

function becomeWriter(db: Database, file: string, claim: Taken, options: AcquireOptions): LeasedWriter {
  let heartbeat: Heartbeat | undefined;
  try {
    heartbeat = startHeartbeat(options.stateDir, claim.fence, options.heartbeatMs ?? 1000);
    const logged = enterWalMode(db);
    // Without a write-ahead log (a file system without shared memory) only full syncing is safe.
    const policy = logged ? options.fsync : 'doc';
    return new RecordedStateWriter({
      db,
      lineage: claim.lineage,
      fence: claim.fence,
      runId: claim.runId,
      clock: options.clock,
      fsync: new FsyncSchedule(db, `${file}-wal`, policy, options.clock),
      heartbeat,
    });
  } catch (error) {
    heartbeat?.stop();
    releaseLease(db, claim.fence);
    throw stateError(error, file);
  }
}

/** Readers never block a run, nor a run its readers. False where the file system cannot do it. */
function enterWalMode(db: Database): boolean {
  // 64 MiB of pages, as chunk ids fall all over their tree.
  db.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;');
  for (let attempt = 1; ; attempt++) {
    try {
      return db.pragma('journal_mode = WAL') === 'wal';
    } catch (error) {
      // Readers of the file as it was, and runs that wait, are gone in milliseconds.
      if (attempt >= 3 || !causedBy(error, 'SQLITE_BUSY')) throw error;
    }
  }
}
