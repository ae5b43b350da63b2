/** Asks before a run that may be alive loses its lease; nothing ever prompts without a terminal. */
import type { HolderReport } from '../../domain/state-reports.js';
import { renderHolder } from '../../report/render-unlock.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';

export async function approveUnlock(
  terminal: Terminal,
  signal: AbortSignal,
  holder: HolderReport,
  flags: { readonly 'auto-approve': boolean; readonly json: boolean },
): Promise<boolean> {
  if (flags['auto-approve']) return true;
  if (!flags.json) await terminal.out(renderHolder(holder, { width: terminal.width }));
  return askApproval(terminal, signal, {
    question: `Take the lease from run ${holder.run_id}?`,
    unasked: {
      message: `run ${holder.run_id} may be alive, and nobody to approve`,
      advice: `${holder.evidence}. The next apply takes over by itself once the heartbeat has stood still for 30 s. To unlock now, add --auto-approve.`,
    },
  });
}
