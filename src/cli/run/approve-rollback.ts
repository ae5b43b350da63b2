/** Shows what would be swapped back and asks; nothing ever prompts without a terminal. */
import type { RollbackPlan } from '../../domain/rollback.js';
import { renderRollbackPlan } from '../../report/render-rollback.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';

export async function approveRollback(
  terminal: Terminal,
  signal: AbortSignal,
  plan: RollbackPlan,
  flags: { readonly 'auto-approve': boolean; readonly json: boolean; readonly quiet: boolean },
): Promise<boolean> {
  if (!flags.json && !flags.quiet) await terminal.out(renderRollbackPlan(plan, terminal));
  if (flags['auto-approve']) return true;
  return askApproval(terminal, signal, {
    question: 'Roll back?',
    unasked: {
      message: 'there is something to roll back, and nobody to approve it',
      advice: 'Look at it with `ingest rollback --dry-run`, then add --auto-approve.',
    },
  });
}
