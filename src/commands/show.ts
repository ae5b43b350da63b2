import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { openSavedPlan } from '../cli/saved-plan.js';
import { EXIT } from '../domain/results.js';
import { planJson } from '../report/plan-json.js';
import { renderPlan } from '../report/render-plan.js';

export default class Show extends BaseCommand {
  static override summary = 'Print a saved plan. Works offline; reads nothing but the file.';
  static override examples = [
    '<%= config.bin %> show pr-218.plan',
    '<%= config.bin %> show pr-218.plan --format json',
  ];
  static override args = { plan: Args.string({ required: true, description: 'a plan saved by plan --out' }) };
  static override flags = {
    format: Flags.string({ options: ['text', 'json'], default: 'text', description: 'how to print it' }),
  };

  protected async execute(): Promise<number> {
    const { flags, args } = await this.parse(Show);
    const session = this.openSession(flags);
    const plan = await openSavedPlan(args.plan, undefined);
    try {
      const { style, width } = this.terminal;
      const json = flags.json || flags.format === 'json';
      const next = `ingest apply ${args.plan}`;
      await this.terminal.out(
        json ? planJson(plan) : renderPlan(plan, { style, width, verbose: flags.verbose, next }),
      );
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
