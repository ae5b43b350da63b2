/** The holder of the lease: reads and writes the recorded state until it is closed. */
import { IngestError } from '../domain/errors.js';
import type { Clock } from '../domain/ports/clock.js';
import type { StateTransaction, StateWriter } from '../domain/ports/state.js';
import type { Database } from '../platform/sqlite.js';
import type { FsyncSchedule } from './fsync-policy.js';
import type { Heartbeat } from './heartbeat.js';
import { readHolder, releaseLease } from './lease-row.js';
import { RecordedStateReader } from './read-state.js';
import { restoreDeleteMode } from './restore-delete-mode.js';
import { RecordedStateTransaction } from './write-state.js';

/** What `acquireWriter` gives. */
export interface LeasedWriter extends StateWriter {
  /** Of the run that holds the lease. */
  readonly runId: string;
  /**
   * Asks the file whether the lease is still ours; microseconds. To be called before anything is sent to
   * Chroma: a process that was suspended (Ctrl-Z, a closed laptop) learns only so that another took over.
   * @throws IngestError E504
   */
  assertHeld(): void;
  /**
   * Stops the heartbeat, frees the lease (only if it is still ours) and closes the file, which is then one
   * file again, without log and index beside it. Idempotent; to be called on every path.
   */
  close(): void;
}

interface WriterParts {
  readonly db: Database;
  readonly lineage: string;
  readonly fence: number;
  readonly runId: string;
  readonly clock: Clock;
  readonly fsync: FsyncSchedule;
  readonly heartbeat: Heartbeat;
}

export class RecordedStateWriter extends RecordedStateReader implements LeasedWriter {
  readonly fence: number;
  readonly runId: string;
  readonly #lineage: string;
  readonly #fsync: FsyncSchedule;
  readonly #heartbeat: Heartbeat;
  readonly #tx: RecordedStateTransaction;
  #closed = false;

  constructor(parts: WriterParts) {
    super(parts.db);
    this.fence = parts.fence;
    this.runId = parts.runId;
    this.#lineage = parts.lineage;
    this.#fsync = parts.fsync;
    this.#heartbeat = parts.heartbeat;
    this.#tx = new RecordedStateTransaction(parts.db, parts.fence, parts.clock);
  }

  /** As it stands: a rebuilt state takes over the one that it finds in live. */
  override get lineage(): string {
    return super.lineage ?? this.#lineage;
  }

  transaction<T>(
    fn: (tx: StateTransaction) => T,
    options: { readonly durable: boolean } = { durable: true },
  ): T {
    this.#fsync.begin(options.durable);
    this.#tx.events = 0;
    this.#tx.intents = 0;
    const result = this.db.transaction(() => {
      this.assertHeld();
      const before = this.#changes();
      const value = fn(this.#tx);
      if (this.#changes() > before) this.db.prepare('UPDATE state SET serial = serial + 1').run();
      return value;
    }, 'immediate');
    this.#fsync.committed(this.#tx.events, this.#tx.intents);
    return result;
  }

  assertHeld(): void {
    const holder = readHolder(this.db);
    if (holder?.fence === this.fence) return;
    const how =
      holder === undefined
        ? 'somebody unlocked the state, or a run took it over and has ended'
        : `run ${holder.run_id} (${holder.user}@${holder.host}) took it while this run stood still`;
    throw new IngestError('E504', `the lease was lost: ${how}`, {
      kind: 'world',
      advice:
        'Nothing more was written. What was confirmed is recorded; run again when the other run is done.',
    });
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fsync.stop();
    this.#heartbeat.stop();
    try {
      releaseLease(this.db, this.fence);
      restoreDeleteMode(this.db);
    } finally {
      super.close();
    }
  }

  /** Rows changed by this connection so far. */
  #changes(): number {
    return this.db.prepare<{ n: number }>('SELECT total_changes() AS n').get()?.n ?? 0;
  }
}
