import { Flags } from '@oclif/core';
import { adoptState } from '../../cli/adopt-state.js';
import { adoptVectorsFrom } from '../../cli/adopt-vectors.js';
import { approveAdopt } from '../../cli/approve-adopt.js';
import { BaseCommand } from '../../cli/base-command.js';
import { chooseManifest } from '../../cli/choose-index.js';
import { nextCommand } from '../../cli/next-command.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderAdopt, renderVectors } from '../../report/state/render-adopt.js';

export default class StateAdopt extends BaseCommand {
  static override summary =
    'Take over a collection of another recorded state, or the vectors of another tool.';
  static override description =
    'For a collection that a plan refuses with E403 while this state records other indexes. Shows whose it is and asks. Then reads every record into the recorded state, which is backed up first, and writes this state into the metadata of the collection; no record is changed. The other state can no longer write to it. If this state is empty because it was lost, use state rebuild. With --from: takes the vectors of a collection that another tool filled into the embedding cache, after five were computed anew and compared; Chroma is only read, and the next plan embeds only what has another text.';
  static override examples = [
    '<%= config.bin %> state adopt --env prod',
    '<%= config.bin %> state adopt --env prod --index support-docs --auto-approve',
    '<%= config.bin %> state adopt --env prod --from langchain --same-model',
  ];
  static override flags = {
    index: Flags.string({
      helpValue: 'MANIFEST_ID',
      description: 'whose collection; implied when only one is loaded',
    }),
    from: Flags.string({
      helpValue: 'COLLECTION',
      description: 'take vectors from what another tool filled',
    }),
    'same-model': Flags.boolean({
      dependsOn: ['from'],
      description: 'its vectors are of the model of the manifest',
    }),
    'text-from': Flags.string({
      dependsOn: ['from'],
      helpValue: 'KEY',
      description: 'metadata key that has the text; default: the document',
    }),
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(StateAdopt);
    const session = this.openSession(flags);
    const desired = await session.loadDesired();
    const manifest = chooseManifest(desired, flags.index);
    const { style, width } = this.terminal;
    const next = nextCommand('plan', desired.environment, flags);
    const { from } = flags;
    if (from !== undefined) {
      const taken = await adoptVectorsFrom(session, desired, manifest, { ...flags, from });
      await this.terminal.out(flags.json ? [safeJson(taken)] : renderVectors(taken, { style, width, next }));
      return EXIT.ok;
    }
    const report = await adoptState(session, desired, {
      manifest,
      approve: (found) => approveAdopt(this.terminal, this.interruption.signal, found, flags),
    });
    const file = session.stateFile(desired.environment);
    await this.terminal.out(
      flags.json ? [safeJson(report)] : renderAdopt(report, { style, width, next, file }),
    );
    return report.outcome === 'declined' ? EXIT.error : EXIT.ok;
  }
}
