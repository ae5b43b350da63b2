import { Flags } from '@oclif/core';
import { AgainCommand } from '../cli/run/again-command.js';
import { chooseSource } from '../cli/run/choose-source.js';
import { planOptions, verifyFlag } from '../cli/run/plan-flags.js';
import { againFlags } from '../cli/run/run-again.js';

export default class Backfill extends AgainCommand {
  static override summary = 'Read a past window of a source again: plan, show, ask, execute.';
  static override description =
    'Of a source with a cursor: records whose cursor lies in [start, end). It moves no cursor, deletes nothing but what the source calls deleted, and never overwrites a newer version, so doing it twice changes nothing. Other sources are not looked at.';
  static override examples = [
    '<%= config.bin %> backfill --source tickets --start 2026-01-01T00:00:00Z --end 2026-02-01T00:00:00Z --dry-run',
    '<%= config.bin %> backfill --source tickets --start 2026-01-01T00:00:00Z --end 2026-02-01T00:00:00Z --auto-approve',
  ];
  static override flags = {
    source: Flags.string({ required: true, helpValue: 'SOURCE_ID', description: 'which source' }),
    start: Flags.string({
      required: true,
      helpValue: 'CURSOR',
      description: 'where the window begins; it is in it',
    }),
    end: Flags.string({ required: true, helpValue: 'CURSOR', description: 'where it ends; it is not in it' }),
    index: Flags.string({
      helpValue: 'MANIFEST_ID',
      description: 'of which index, when several have a source of this name',
    }),
    reason: Flags.string({ helpValue: 'TEXT', description: 'why, for the journal' }),
    verify: verifyFlag,
    ...againFlags,
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Backfill);
    const session = this.openSession(flags);
    const loaded = await session.loadDesired();
    const { manifest, window } = chooseSource(loaded, flags);
    const { source, start, end } = flags;
    const words = ['backfill', '--source', source, '--start', start, '--end', end] as const;
    return this.again(session, {
      words: flags.index === undefined ? [...words] : [...words, '--index', flags.index],
      why: [
        `a backfill reads ${window} of ${source} from the source again. It moves no cursor and overwrites nothing newer.`,
        'apply would read what is new since the cursor; retry repeats a run that failed; replay takes what was landed, not the source.',
      ],
      desired: { ...loaded, manifests: [manifest] },
      options: { ...planOptions({}, flags.verify), input: { verb: 'backfill', source, start, end } },
      flags,
      facts: flags.reason === undefined ? {} : { reason: flags.reason },
    });
  }
}
