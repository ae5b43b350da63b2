import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../domain/results.js';
import { safeJson } from '../report/escape.js';
import { renderJournalEvent } from '../report/render-journal.js';

const POLL_MS = 500;

export default class Journal extends BaseCommand {
  static override summary = 'Print the journal: one JSON line per event.';
  static override description =
    'Every step of every run, in order. An event is in the journal if, and only if, what it tells of is in the recorded state.';
  static override examples = [
    '<%= config.bin %> journal --env prod',
    '<%= config.bin %> journal --env prod --run 01KB7R2F --text',
    '<%= config.bin %> journal --env prod --follow',
  ];
  static override flags = {
    run: Flags.string({ helpValue: 'ID', description: 'one run, by id or unambiguous prefix' }),
    follow: Flags.boolean({
      description: 'wait for more until interrupted; a reader that goes away ends it with the next event',
    }),
    text: Flags.boolean({ description: 'one readable line per event' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Journal);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const state = await session.openReader(desired.environment);
    const run = flags.run === undefined ? undefined : state.run(flags.run).run_id;
    const { style } = this.terminal;
    let seq = 0;
    for (let reader = state; ; reader = await session.openReader(desired.environment)) {
      const after = seq;
      const lines = function* (): Generator<string> {
        for (const event of reader.journal(run, after)) {
          seq = event.seq;
          yield flags.text ? renderJournalEvent(event, style) : safeJson(event);
        }
      };
      await this.terminal.out(lines());
      if (!flags.follow || this.terminal.closed) return EXIT.ok;
      reader.close();
      try {
        await this.clock.sleep(POLL_MS, this.interruption.signal);
      } catch {
        return EXIT.ok;
      }
    }
  }
}
