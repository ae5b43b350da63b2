import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nextCommand } from '../../cli/next-command.js';
import { approveForgetting, forgetState } from '../../cli/state/forget-state.js';
import { IngestError } from '../../domain/errors.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderForgotten } from '../../report/state/render-forget.js';

export default class StateRm extends BaseCommand {
  static override summary = 'Forget recorded documents, or a whole index. Chroma is left as it is.';
  static override description =
    'Shows what would be forgotten and what the next plan makes of it, asks, backs the state up and then forgets the rows. To take records out of Chroma change the manifest or the sources, and apply.';
  static override examples = [
    "<%= config.bin %> state rm 'handbook/old/**' --env prod",
    '<%= config.bin %> state rm --index support-docs --auto-approve',
  ];
  static override args = {
    glob: Args.string({ description: 'documents whose uri matches this glob' }),
  };
  static override flags = {
    index: Flags.string({
      helpValue: 'ID',
      description: 'only of this index; without a glob the index itself',
    }),
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { args, flags } = await this.parse(StateRm);
    const { glob } = args;
    if (glob === undefined && flags.index === undefined) throw unnamed();
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired();
    const whole = glob === undefined;
    const report = await forgetState(session, {
      environment,
      glob,
      manifestId: flags.index,
      approve: (found) =>
        approveForgetting(this.terminal, this.interruption.signal, found, { ...flags, whole }),
    });
    const { style, width } = this.terminal;
    const next = nextCommand('plan', environment, flags);
    const file = session.stateFile(environment);
    await this.terminal.out(
      flags.json ? [safeJson(report)] : renderForgotten(report, { style, width, next, file }),
    );
    return report.outcome === 'declined' ? EXIT.error : EXIT.ok;
  }
}

function unnamed(): IngestError {
  return new IngestError('E606', 'what is to be forgotten?', {
    kind: 'input',
    advice: 'Give a glob over uris, or an index with --index ID; `ingest state list` shows both.',
  });
}
