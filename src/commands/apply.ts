import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { approvePlan } from '../cli/run/approve-plan.js';
import { chooseDoomed } from '../cli/run/choose-doomed.js';
import { givenScopeFlags, planOptions, scopeFlags, timingsFlag, verifyFlag } from '../cli/run/plan-flags.js';
import { reportApply } from '../cli/run/report-apply.js';
import { runApply } from '../cli/run/run-apply.js';
import { openSavedPlan } from '../cli/run/saved-plan.js';
import { IngestError } from '../domain/errors.js';
import { safeJson } from '../report/escape.js';

export default class Apply extends BaseCommand {
  static override summary = 'Make the index what is declared: plan, show, ask, execute, verify.';
  static override description =
    'Embeds only chunks whose text changed, writes new records before it deletes old ones, and records only what Chroma confirmed. Interrupt it at any time and run it again: it continues. With a PLAN it does exactly what was reviewed, or refuses (exit 3). Without a terminal it needs PLAN or --auto-approve. Exit 5: done, but losses were withheld or documents refused.';
  static override examples = [
    '<%= config.bin %> apply --env prod',
    '<%= config.bin %> apply pr-218.plan',
    '<%= config.bin %> apply --env prod --auto-approve --json',
  ];
  static override args = { plan: Args.string({ description: 'a plan saved by plan --out' }) };
  static override flags = {
    ...scopeFlags,
    verify: verifyFlag,
    timings: timingsFlag,
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
    fsync: Flags.string({
      options: ['doc', 'interval', 'off'],
      default: 'doc',
      description: 'when recorded state is forced to disk; intents always are',
    }),
  };

  protected override readonly needsStateFolder = true;

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Apply);
    const given = givenScopeFlags(flags);
    if (args.plan !== undefined && given.length > 0) {
      throw new IngestError('E604', `--${given.join(', --')} cannot stand beside a saved plan`, {
        kind: 'input',
        advice: 'A saved plan is applied as it was reviewed. Give these flags to `ingest plan --out`.',
      });
    }
    const saved = args.plan === undefined ? undefined : await openSavedPlan(args.plan, flags.env);
    try {
      const session = this.openSession({ ...flags, env: saved?.header.environment ?? flags.env });
      const desired =
        saved?.header.options.destroy === true
          ? await chooseDoomed(session, saved.indexes[0]?.header.manifest_id)
          : await session.loadDesired({ inputs: saved?.header.options.input?.verb !== 'replay' });
      const answer = await runApply(session, {
        desired,
        options: planOptions(flags, flags.verify),
        saved,
        fsync: flags.fsync as 'doc' | 'interval' | 'off',
        command: `apply${args.plan === undefined ? '' : ' PLAN'}`,
        approve: (plan, resume) =>
          approvePlan(this.terminal, this.interruption.signal, plan, resume, flags, args.plan),
        onEvent: (event) => {
          if (flags.json) this.terminal.emit(safeJson(event));
        },
      });
      return await reportApply(this.terminal, answer, desired.environment, flags, this.measured?.timings());
    } finally {
      saved?.close();
    }
  }
}
