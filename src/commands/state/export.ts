import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { writeLines } from '../../cli/run/saved-plan.js';
import { EXIT } from '../../domain/results.js';
import { recordedLines } from '../../pipeline.js';
import { safeJson } from '../../report/escape.js';
import { mapLines } from '../../report/map-lines.js';

export default class StateExport extends BaseCommand {
  static override summary = 'Print the whole recorded state as lines of JSON.';
  static override description =
    'A header with the format version, then every row: collections, indexes, documents, chunks, intents, sources, refused documents, cursors, contracts, batches and what is landed of them, runs, used plans and the journal. The last line counts them. Two exports of one state are equal. Holds no document text and no secret. Changes nothing.';
  static override examples = [
    '<%= config.bin %> state export --env prod',
    '<%= config.bin %> state export --env prod --out state.jsonl.gz',
  ];
  static override flags = {
    out: Flags.string({ helpValue: 'FILE', description: 'write it to a file instead; .gz compresses' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(StateExport);
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired();
    const state = await session.openReader(environment);
    const facts = { environment, toolVersion: this.config.version };
    const lines = mapLines(recordedLines(state, facts), safeJson);
    if (flags.out === undefined) await this.terminal.out(lines);
    else await writeLines(flags.out, lines);
    return EXIT.ok;
  }
}
