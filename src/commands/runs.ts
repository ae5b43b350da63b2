import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../domain/results.js';
import { recordedRuns } from '../pipeline.js';
import { safeJson } from '../report/escape.js';
import { renderRuns } from '../report/render-runs.js';

export default class Runs extends BaseCommand {
  static override summary = 'List runs, newest first.';
  static override description =
    'When each began, who started it, how it ended, and the batch that it worked on. Any unambiguous beginning of a run id stands for it, and of a batch id for `ingest replay`.';
  static override examples = [
    '<%= config.bin %> runs --env prod',
    '<%= config.bin %> runs --env prod --limit 100 --json',
  ];
  static override flags = {
    limit: Flags.integer({ default: 20, min: 1, max: 10_000, description: 'how many' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Runs);
    const session = this.openSession(flags);
    const desired = await session.loadDesired({ inputs: false });
    const state = await session.openReader(desired.environment);
    const runs = [...recordedRuns(state, flags.limit)];
    if (flags.json) {
      await this.terminal.out(runs.map((run) => safeJson({ ...run, counters: JSON.parse(run.counters) })));
      return EXIT.ok;
    }
    const holder = await session.livingHolder(desired.environment, state);
    const { style, width } = this.terminal;
    await this.terminal.out(renderRuns(runs, { style, width, running: holder?.run_id }));
    return EXIT.ok;
  }
}
