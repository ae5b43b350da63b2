/** Shows what would end and asks for its name; nothing ever prompts without a terminal. */
import type { Plan } from '../../domain/plan.js';
import { renderPlan } from '../../report/render-plan.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';
import type { ApprovalFlags } from './approve-plan.js';

export async function approveDestroy(
  terminal: Terminal,
  signal: AbortSignal,
  plan: Plan,
  flags: ApprovalFlags,
): Promise<boolean> {
  const { style, width } = terminal;
  if (!flags.json && !flags.quiet) {
    await terminal.out(renderPlan(plan, { style, width, verbose: flags.verbose, next: '' }));
  }
  if (plan.header.outcome === 'no_changes' || flags['auto-approve']) return true;
  const id = plan.indexes[0]?.header.manifest_id ?? '';
  return askApproval(terminal, signal, {
    question: `Destroy ${id} in ${plan.header.environment}?`,
    answer: { word: id, how: 'Type its manifest id to approve' },
    unasked: {
      message: `${id} would be destroyed, and nobody to approve it`,
      advice: `Review with \`ingest plan --destroy --index ${id} --out FILE\` and run \`ingest apply FILE\`, or add --auto-approve.`,
    },
  });
}
