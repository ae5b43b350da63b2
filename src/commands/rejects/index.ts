import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { nextCommand } from '../../cli/next-command.js';
import { refusedFlags } from '../../cli/run/refused-flags.js';
import { EXIT } from '../../domain/results.js';
import { refusedDocuments } from '../../pipeline.js';
import { rejectsJson, renderRejects } from '../../report/rejects/render-rejects.js';

export default class Rejects extends BaseCommand {
  static override summary = 'List the documents that the gate keeps out, counted by reason.';
  static override description =
    'Rejected and quarantined ones, as the last apply recorded them, with the run that refused them first. Reads recorded state alone and changes nothing. `rejects list` says the same.';
  static override aliases = ['rejects:list'];
  static override examples = [
    '<%= config.bin %> rejects --env prod',
    '<%= config.bin %> rejects --env prod --verdict quarantine --code pii-gap',
    "<%= config.bin %> rejects --env prod --uri 'tickets/**' --json",
  ];
  static override flags = {
    ...refusedFlags,
    uri: Flags.string({ helpValue: 'GLOB', description: 'only those whose uri matches' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Rejects);
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired({ inputs: false });
    const state = await session.openReader(environment);
    const { verdict, code, source, manifest, uri: glob } = flags;
    const found = refusedDocuments(state, environment, { verdict, code, source, manifest, glob });
    const [first] = found.rows();
    const next = nextCommand('rejects show', environment, flags, [first?.uri ?? '']);
    const { style, width } = this.terminal;
    const { verbose } = flags;
    await this.terminal.out(
      flags.json ? rejectsJson(found) : renderRejects(found, { style, width, verbose, next }),
    );
    return EXIT.ok;
  }
}
