import { Flags } from '@oclif/core';
import { adoptState } from '../../cli/adopt-state.js';
import { approveAdopt } from '../../cli/approve-adopt.js';
import { BaseCommand } from '../../cli/base-command.js';
import { chooseManifest } from '../../cli/choose-index.js';
import { nextCommand } from '../../cli/next-command.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderAdopt } from '../../report/state/render-adopt.js';

export default class StateAdopt extends BaseCommand {
  static override summary = 'Take over a collection that another recorded state of ingest built.';
  static override description =
    'For a collection that a plan refuses with E403 while this state records other indexes. Shows whose it is and asks. Then reads every record into the recorded state, which is backed up first, and writes this state into the metadata of the collection; no record is changed. The other state can no longer write to it. If this state is empty because it was lost, use state rebuild.';
  static override examples = [
    '<%= config.bin %> state adopt --env prod',
    '<%= config.bin %> state adopt --env prod --index support-docs --auto-approve',
  ];
  static override flags = {
    index: Flags.string({
      helpValue: 'MANIFEST_ID',
      description: 'whose collection; implied when only one is loaded',
    }),
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(StateAdopt);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const report = await adoptState(session, desired, {
      manifest: chooseManifest(desired, flags.index),
      approve: (found) => approveAdopt(this.terminal, this.interruption.signal, found, flags),
    });
    const { style, width } = this.terminal;
    const next = nextCommand('plan', desired.environment, flags);
    const file = session.stateFile(desired.environment);
    await this.terminal.out(
      flags.json ? [safeJson(report)] : renderAdopt(report, { style, width, next, file }),
    );
    return report.outcome === 'declined' ? EXIT.error : EXIT.ok;
  }
}
