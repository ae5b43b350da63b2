import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { chooseIndex } from '../cli/choose-index.js';
import { EXIT } from '../domain/results.js';
import { query } from '../pipeline.js';
import { safeJson } from '../report/escape.js';
import { renderQuery } from '../report/render-query.js';

export default class Query extends BaseCommand {
  static override summary = 'Find the nearest chunks of a text.';
  static override description =
    'Asks the live index as a searcher would, and shows score, document, lines and headings.';
  static override examples = [
    '<%= config.bin %> query "how do I rotate a key" --env prod',
    '<%= config.bin %> query "如何安装" --limit 3 --json',
  ];
  static override args = { text: Args.string({ required: true, description: 'what to look for' }) };
  static override flags = {
    limit: Flags.integer({ char: 'k', default: 5, min: 1, max: 300, description: 'how many chunks' }),
    index: Flags.string({ helpValue: 'MANIFEST_ID', description: 'which index, when several are declared' }),
  };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Query);
    const session = this.openSession(flags);
    const desired = await session.loadDesired({ inputs: false });
    const manifest = chooseIndex(desired, flags.index, args.text);
    const state = await session.openReader(desired.environment);
    const ports = await session.planningPorts(desired.environment, state, undefined);
    const embedder = await session.embedder(manifest, undefined);
    const result = await query(ports, embedder, manifest, args.text, flags.limit);
    const { style, width } = this.terminal;
    await this.terminal.out(
      flags.json ? [safeJson(result)] : renderQuery(result, { style, width, verbose: flags.verbose }),
    );
    return EXIT.ok;
  }
}
