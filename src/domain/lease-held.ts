/** Two runs at once: one wins, the other learns who holds the lease, since when, and what to do. */
import { IngestError } from './errors.js';
import type { LeaseHolder } from './state-rows.js';

export class LeaseHeld extends IngestError {
  readonly holder: LeaseHolder;

  constructor(holder: LeaseHolder, advice?: string) {
    super(
      'E503',
      `run ${holder.run_id} (${holder.command}, ${holder.user}@${holder.host}, pid ${holder.pid}) holds the lease since ${holder.since}`,
      {
        kind: 'world',
        advice:
          advice ??
          `It is alive. Wait until it has finished, or stop it on ${holder.host}, and run again; when it dies, the next run takes over by itself.`,
      },
    );
    this.name = 'LeaseHeld';
    this.holder = holder;
  }
}
