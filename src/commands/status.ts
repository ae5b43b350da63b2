import { BaseCommand } from '../cli/base-command.js';
import type { Session } from '../cli/session/session.js';
import { ManifestFaults } from '../domain/errors.js';
import type { DesiredState } from '../domain/manifest.js';
import { EXIT } from '../domain/results.js';
import { status } from '../pipeline.js';
import { safeJson } from '../report/escape.js';
import { renderFaults } from '../report/render-faults.js';
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
    const desired = await this.#loadIfPossible(session, flags.env);
    const environment = desired?.environment ?? flags.env ?? '';
    const state = await session.openReader(environment);
    const holder = await session.livingHolder(environment, state);
    const report = status(state, desired, environment, holder ?? null);
    const { style, width } = this.terminal;
    await this.terminal.out(flags.json ? [safeJson(report)] : renderStatus(report, { style, width }));
    return EXIT.ok;
  }
  /** What is recorded can be told whatever became of the manifests, once it is said of which environment. */
  async #loadIfPossible(session: Session, env: string | undefined): Promise<DesiredState | undefined> {
    try {
      return await session.loadDesired({ models: false, inputs: false });
    } catch (error) {
      if (env === undefined || !(error instanceof ManifestFaults)) throw error;
      const { errorStyle: style, width } = this.terminal;
      this.terminal.err(renderFaults(error, { style, width }));
      return undefined;
    }
  }
}
