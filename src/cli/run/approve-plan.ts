/** Shows the plan and what a resume found, and asks; nothing ever prompts without a terminal. */
import type { Plan } from '../../domain/plan.js';
import type { ResumeReport } from '../../domain/results.js';
import { renderPlan } from '../../report/render-plan.js';
import { renderResume } from '../../report/render-resume.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';

export interface ApprovalFlags {
  readonly 'auto-approve': boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

export async function approvePlan(
  terminal: Terminal,
  signal: AbortSignal,
  plan: Plan,
  resume: ResumeReport,
  flags: ApprovalFlags,
  savedFile: string | undefined,
): Promise<boolean> {
  const { style, width } = terminal;
  if (!flags.json && !flags.quiet) {
    await terminal.out(renderResume(resume, { width }));
    await terminal.out(renderPlan(plan, { style, width, verbose: flags.verbose, next: '' }));
  }
  if (plan.header.outcome === 'no_changes' || flags['auto-approve'] || savedFile !== undefined) return true;
  return askApproval(terminal, signal, {
    question: `Apply plan ${plan.header.plan_id.slice(0, 8)}?`,
    unasked: {
      message: 'there are changes, and nobody to approve them',
      advice: 'Review with `ingest plan --out FILE` and run `ingest apply FILE`, or add --auto-approve.',
    },
  });
}
