/** Shows what would end and asks for its name; nothing ever prompts without a terminal. */
import { IngestError } from '../domain/errors.js';
import type { Plan } from '../domain/plan.js';
import { renderPlan } from '../report/render-plan.js';
import type { ApprovalFlags } from './approve-plan.js';
import type { Terminal } from './terminal.js';

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
  if (!terminal.interactive) {
    throw new IngestError('E603', `${id} would be destroyed, and nobody to approve it`, {
      kind: 'input',
      advice: `Review with \`ingest plan --destroy --index ${id} --out FILE\` and run \`ingest apply FILE\`, or add --auto-approve.`,
    });
  }
  const answer = await terminal.ask(
    `Destroy ${id} in ${plan.header.environment}? Type its manifest id to approve: `,
    signal,
  );
  return answer?.trim() === id;
}
