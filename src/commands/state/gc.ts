import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { approveCleaning, cleanLanding } from '../../cli/state/clean-landing.js';
import { IngestError } from '../../domain/errors.js';
import { EXIT } from '../../domain/results.js';
import { safeJson } from '../../report/escape.js';
import { renderCleaned } from '../../report/state/render-gc.js';

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };

export default class StateGc extends BaseCommand {
  static override summary = 'Delete landed inputs that no batch needs any more.';
  static override description =
    'Shows what would go and how many bytes, asks, backs the state up and deletes. Without flags only files that no batch names: what a crash or a destroyed index left. With --keep-batches or --older-than old batches are forgotten first (with both, those that both call old); what a recorded or refused document would be mended from always stays.';
  static override examples = [
    '<%= config.bin %> state gc --env prod',
    '<%= config.bin %> state gc --env prod --keep-batches 10 --older-than 30d --auto-approve',
  ];
  static override flags = {
    'keep-batches': Flags.integer({ min: 0, helpValue: 'N', description: 'so many of each index stay' }),
    'older-than': Flags.string({
      helpValue: '30d',
      description: 'only batches of before: hours, days or weeks',
    }),
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(StateGc);
    const older = flags['older-than'];
    const age = older === undefined ? undefined : readAge(older);
    const session = this.openSession(flags);
    const { environment } = await session.loadDesired({ inputs: false });
    const report = await cleanLanding(session, {
      environment,
      keepBatches: flags['keep-batches'],
      before: age === undefined ? undefined : new Date(session.options.clock.now() - age).toISOString(),
      approve: (found) => approveCleaning(this.terminal, this.interruption.signal, found, flags),
    });
    await this.terminal.out(flags.json ? [safeJson(report)] : renderCleaned(report, this.terminal.width));
    return report.outcome === 'declined' ? EXIT.error : EXIT.ok;
  }
}

/** In milliseconds. */
function readAge(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  const hours = HOURS[unit];
  if (count === undefined || hours === undefined) {
    throw new IngestError('E606', `--older-than ${text} is no age`, {
      kind: 'input',
      advice: 'Say it in hours, days or weeks: 12h, 30d, 8w.',
    });
  }
  return Number(count) * hours * 3_600_000;
}
