import { Args } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { EXIT } from '../../domain/results.js';
import { recordedOf } from '../../pipeline.js';
import { safeJson } from '../../report/escape.js';
import { renderFound } from '../../report/state/render-state.js';

export default class StateShow extends BaseCommand {
  static override summary = 'Show all that is recorded of one index, document or chunk.';
  static override description =
    'Takes a manifest id, a uri or a chunk id, as the record in Chroma has it. Reads recorded state alone and changes nothing. `ingest diagnose` compares it with live.';
  static override examples = [
    '<%= config.bin %> state show support-docs --env prod',
    '<%= config.bin %> state show handbook/guide/keys.md',
    '<%= config.bin %> state show 4be1f6ee04cc4a6ff0bd5a0de2a43b18 --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'manifest id, uri or chunk id' }),
  };

  protected async execute(): Promise<number> {
    const { args, flags } = await this.parse(StateShow);
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired({ inputs: false });
    const found = recordedOf(await session.openReader(environment), args.name);
    await this.terminal.out(flags.json ? [safeJson(found)] : renderFound(found, this.terminal.width));
    return EXIT.ok;
  }
}
