/** Shows whose the collection is before it changes hands; nothing ever prompts without a terminal. */
import { type FoundOwner, renderOwner } from '../../report/state/render-adopt.js';
import { askApproval } from '../ask-approval.js';
import type { Terminal } from '../output/terminal.js';

export async function approveAdopt(
  terminal: Terminal,
  signal: AbortSignal,
  found: FoundOwner,
  flags: { readonly 'auto-approve': boolean; readonly json: boolean; readonly quiet: boolean },
): Promise<boolean> {
  if (!flags.json && !flags.quiet) await terminal.out(renderOwner(found, { width: terminal.width }));
  if (flags['auto-approve']) return true;
  return askApproval(terminal, signal, {
    question: 'Take it over?',
    unasked: {
      message: 'a collection would change hands, and nobody to approve it',
      advice: 'See above whose it is. If it is meant: add --auto-approve.',
    },
  });
}
