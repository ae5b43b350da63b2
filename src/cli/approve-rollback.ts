/** Shows what would be swapped back and asks; nothing ever prompts without a terminal. */
import { IngestError } from '../domain/errors.js';
import type { RollbackPlan } from '../domain/rollback.js';
import { renderRollbackPlan } from '../report/render-rollback.js';
import type { Terminal } from './terminal.js';

export async function approveRollback(
  terminal: Terminal,
  signal: AbortSignal,
  plan: RollbackPlan,
  flags: { readonly 'auto-approve': boolean; readonly json: boolean; readonly quiet: boolean },
): Promise<boolean> {
  if (!flags.json && !flags.quiet) await terminal.out(renderRollbackPlan(plan, terminal));
  if (flags['auto-approve']) return true;
  if (!terminal.interactive) {
    throw new IngestError('E603', 'there is something to roll back, and nobody to approve it', {
      kind: 'input',
      advice: 'Look at it with `ingest rollback --dry-run`, then add --auto-approve.',
    });
  }
  const answer = await terminal.ask('Roll back? Only "yes" is accepted: ', signal);
  return answer?.trim() === 'yes';
}
