import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { EXIT } from '../../domain/results.js';
import { recordedDocuments, recordedIndexes } from '../../pipeline.js';
import { safeJson } from '../../report/escape.js';
import { mapLines } from '../../report/map-lines.js';
import { documentLine, renderIndexes } from '../../report/state/render-state.js';

export default class StateList extends BaseCommand {
  static override summary = 'List what is recorded: the indexes, or the documents that match a glob.';
  static override description =
    'Reads recorded state alone and changes nothing. With --json one line of JSON for each index or document.';
  static override examples = [
    '<%= config.bin %> state list --env prod',
    "<%= config.bin %> state list 'handbook/guide/**' --env prod",
    '<%= config.bin %> state list --uris --index support-docs --json',
  ];
  static override args = {
    glob: Args.string({ description: 'list the recorded documents whose uri matches this glob' }),
  };
  static override flags = {
    uris: Flags.boolean({ description: 'list all recorded documents' }),
    index: Flags.string({ helpValue: 'ID', description: 'only documents of this index' }),
  };

  protected async execute(): Promise<number> {
    const { args, flags } = await this.parse(StateList);
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired({ inputs: false });
    const state = await session.openReader(environment);
    if (args.glob === undefined && flags.index === undefined && !flags.uris) {
      const found = recordedIndexes(state);
      await this.terminal.out(
        flags.json ? mapLines(found, safeJson) : renderIndexes(found, this.terminal.width),
      );
      return EXIT.ok;
    }
    const documents = recordedDocuments(state, args.glob, flags.index);
    await this.terminal.out(mapLines(documents, flags.json ? safeJson : documentLine));
    return EXIT.ok;
  }
}
