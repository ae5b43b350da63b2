import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { chooseManifest } from '../../cli/choose-index.js';
import { nextCommand } from '../../cli/next-command.js';
import { adoptState } from '../../cli/state/adopt-state.js';
import { adoptFrom } from '../../cli/state/adopt-vectors.js';
import { approveAdopt } from '../../cli/state/approve-adopt.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderAdopt } from '../../report/state/render-adopt.js';
import { renderAdopted } from '../../report/state/render-adopted.js';

export default class StateAdopt extends BaseCommand {
  static override summary =
    'Take over a collection of another recorded state, or the vectors of another tool.';
  static override description =
    'For a collection that a plan refuses with E403 while this state records other indexes. Shows whose it is and asks. Then reads every record into the recorded state, which is backed up first, and writes this state into the metadata of the collection; no record is changed. The other state can no longer write to it. If this state is empty because it was lost, use state rebuild. With --from: takes the vectors of a collection that another tool filled into the embedding cache, after five were computed anew and compared; Chroma is only read, and the next plan embeds only what has another text. With --uri-from: compares its documents with what the sources list, and says what the next plan costs; without --same-model nothing is taken.';
  static override examples = [
    '<%= config.bin %> state adopt --env prod',
    '<%= config.bin %> state adopt --env prod --index support-docs --auto-approve',
    '<%= config.bin %> state adopt --env prod --from langchain --same-model',
    '<%= config.bin %> state adopt --env prod --from langchain --uri-from source --strip /app/docs',
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
    'uri-from': Flags.string({
      dependsOn: ['from'],
      helpValue: 'KEY',
      description: 'metadata key that has the path of the document: says what they have of each, and we not',
    }),
    strip: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['uri-from'],
      helpValue: 'PREFIX',
      description: 'folders in front of these paths that are not part of the uri',
    }),
    source: Flags.string({
      dependsOn: ['uri-from'],
      helpValue: 'SOURCE_ID',
      description: 'whose documents these are; implied when there is one',
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
    const { from, verbose } = flags;
    if (from !== undefined) {
      const taken = await adoptFrom(session, desired, manifest, { ...flags, from });
      const options = { style, width, next, verbose };
      await this.terminal.out(flags.json ? [safeJson(taken)] : renderAdopted(taken, options));
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
