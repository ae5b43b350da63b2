import { randomBytes } from 'node:crypto';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { nextCommand } from '../cli/next-command.js';
import { DRIFT_FORMATS, printDrift } from '../cli/output/print-drift.js';
import { verifyFlag } from '../cli/run/plan-flags.js';
import { measureDrift } from '../cli/telemetry/measure-run.js';
import { IngestError } from '../domain/errors.js';
import type { VerifyLevel } from '../domain/plan.js';
import { EXIT } from '../domain/results.js';
import { drift } from '../pipeline.js';

export default class Drift extends BaseCommand {
  static override summary =
    'Does live Chroma still hold what was applied? Exits 2 when it does not. For cron.';
  static override description =
    'Compares Chroma with what was recorded, without reading the sources, and changes nothing. Exit 1 when Chroma cannot be reached, which is neither. --verify says how closely: counts, ids, or content (every text and its metadata).';
  static override examples = [
    '<%= config.bin %> drift --env prod',
    '<%= config.bin %> drift --env prod --verify content',
    '<%= config.bin %> drift --env prod --sample 1000',
    '<%= config.bin %> drift --env prod --format prometheus',
  ];
  static override flags = {
    verify: verifyFlag,
    sample: Flags.integer({
      min: 1,
      helpValue: 'N',
      description:
        'look for N of the recorded records in place of all, at ids or content, and say what that proves',
    }),
    seed: Flags.string({
      dependsOn: ['sample'],
      helpValue: 'TEXT',
      description: 'choose the sample again that a report names by its seed',
    }),
    format: Flags.option({
      options: DRIFT_FORMATS,
      default: 'text' as const,
      description: 'how to print it',
    })(),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Drift);
    if (flags.sample !== undefined && flags.verify === 'off') throw samplesNothing();
    const session = this.openSession(flags);
    const desired = await session.loadDesired({ inputs: false });
    const state = await session.openReader(desired.environment);
    const holder = await session.livingHolder(desired.environment, state);
    const ports = await session.planningPorts(desired.environment, state, holder?.fence);
    const sample =
      flags.sample === undefined
        ? undefined
        : { size: flags.sample, seed: flags.seed ?? randomBytes(4).toString('hex') };
    const options = { verify: flags.verify as VerifyLevel, sample, rebuilt: session.rebuilt };
    const report = { ...(await drift(ports, desired, options)), trace_id: session.trace.traceId };
    measureDrift(session.telemetry, report);
    await printDrift(this.terminal, report, {
      format: flags.json ? 'json' : flags.format,
      quiet: flags.quiet,
      next: nextCommand('apply', desired.environment, flags),
    });
    // Of what is unknown neither "drift" nor "no drift" can be said.
    return report.unknown ? EXIT.error : report.drift ? EXIT.changes : EXIT.ok;
  }
}

function samplesNothing(): IngestError {
  return new IngestError('E604', '--sample looks at records, and --verify off at nothing', {
    kind: 'input',
    advice: 'Leave out --verify, or say ids or content.',
  });
}
