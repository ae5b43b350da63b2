import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../domain/results.js';
import { status } from '../pipeline.js';
import { safeJson } from '../report/escape.js';
import { renderStatus } from '../report/render-status.js';

export default class Status extends BaseCommand {
  static override summary =
    'What ran, how far it got, and what to do. Reads recorded state alone; changes nothing.';
  static override description =
    'The morning after: which manifest, which run, how far it got, what was written, what searchers see, what to do. Needs no Chroma and always exits 0.';
  static override examples = [
    '<%= config.bin %> status --env prod',
    '<%= config.bin %> status --env prod --json',
  ];

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Status);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const state = await session.openReader(desired.environment);
    const holder = await session.livingHolder(desired.environment, state);
    const report = status(state, desired, desired.environment, holder ?? null);
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(report)] : renderStatus(report, { style, width }));
    return EXIT.ok;
  }
}
