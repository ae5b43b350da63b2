import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { formatFlags, printPlan } from '../cli/output/print-plan.js';
import { openSavedPlan } from '../cli/run/saved-plan.js';
import { EXIT } from '../domain/results.js';
import { holdsText } from '../report/text-diff/plan-text.js';

export default class Show extends BaseCommand {
  static override summary = 'Print a saved plan. Works offline; reads nothing but the file.';
  static override description =
    'Says as well when the recorded state has changed since; whether the plan still fits, apply finds out.';
  static override examples = [
    '<%= config.bin %> show pr-218.plan',
    '<%= config.bin %> show pr-218.plan --diff',
    '<%= config.bin %> show pr-218.plan --format json',
  ];
  static override args = { plan: Args.string({ required: true, description: 'a plan saved by plan --out' }) };
  static override flags = {
    ...formatFlags,
  };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Show);
    const session = this.openSession(flags);
    const plan = await openSavedPlan(args.plan, undefined);
    try {
      await printPlan(this.terminal, plan, flags, `ingest apply ${args.plan}`);
      if (flags.diff && !holdsText(plan)) {
        this.warnOnce({
          key: 'plan-without-text',
          message: 'this plan holds no document text',
          detail: 'plan again with --diff --out FILE',
          functional: false,
        });
      }
      const { base, environment } = plan.header;
      const state = await session.openReader(environment);
      if (state.lineage !== undefined && state.serial() !== base.serial) {
        this.warnOnce({
          key: 'plan-older-than-state',
          message: `the recorded state has changed since this plan was made (serial ${base.serial}, now ${state.serial()})`,
          detail: 'apply says whether the plan still fits',
          functional: false,
        });
      }
      return EXIT.ok;
    } finally {
      plan.close();
    }
  }
}
