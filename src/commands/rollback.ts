import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { nextCommand } from '../cli/next-command.js';
import { approveRollback } from '../cli/run/approve-rollback.js';
import { runRollback } from '../cli/run/run-rollback.js';
import { EXIT } from '../domain/results.js';
import { safeJson } from '../report/escape.js';
import { renderRollback, renderRollbackPlan } from '../report/render-rollback.js';

export default class Rollback extends BaseCommand {
  static override summary = 'Swap a replaced collection back in: plan, show, ask, swap. Embeds nothing.';
  static override description =
    'Goes back to what was live before the last replacement, with what is recorded of it; what is live now is kept, and another rollback goes forward again. While the manifest wants the model or distance that was left, plan and apply leave the index alone. Interrupt it at any time and run it again. How many are kept: policy.keep_previous. The checks of the manifest are asked afterwards and hold nothing back: exit 5 when they fail.';
  static override examples = [
    '<%= config.bin %> rollback --env prod --dry-run',
    '<%= config.bin %> rollback --env prod --to 2 --auto-approve',
    '<%= config.bin %> rollback --env prod --unpin',
  ];
  static override flags = {
    to: Flags.integer({
      helpValue: 'GENERATION',
      min: 1,
      description: 'which one; without it, the one that was live last',
      exclusive: ['unpin'],
    }),
    index: Flags.string({
      helpValue: 'MANIFEST_ID',
      description: 'which index, when several were replaced; those that share its collection come along',
    }),
    'dry-run': Flags.boolean({ description: 'show what would be swapped, and change nothing' }),
    unpin: Flags.boolean({
      description: 'let the next plan replace the index again',
      exclusive: ['dry-run'],
    }),
    'auto-approve': Flags.boolean({ description: 'do not ask' }),
  };

  protected async execute(): Promise<number> {
    const { flags } = await this.parse(Rollback);
    const session = this.openSession(flags);
    const desired = await session.loadDesired({ inputs: false });
    const { style, width } = this.terminal;
    const result = await runRollback(session, {
      desired,
      index: flags.index,
      generation: flags.to,
      dryRun: flags['dry-run'],
      unpin: flags.unpin,
      command: flags.unpin ? 'rollback --unpin' : 'rollback',
      approve: (plan) => approveRollback(this.terminal, this.interruption.signal, plan, flags),
    });
    if (flags.json) await this.terminal.out([safeJson(result)]);
    else {
      if (result.plan !== null && (result.outcome === 'planned' || result.outcome === 'no_changes')) {
        await this.terminal.out(renderRollbackPlan(result.plan, { style, width }));
      }
      const next = nextCommand('plan', desired.environment, flags);
      await this.terminal.out(renderRollback(result, { style, width, next }));
    }
    if (result.outcome === 'declined') return EXIT.error;
    return result.checks?.some(({ status }) => status === 'failed') ? EXIT.partial : EXIT.ok;
  }
}
