/** Shows whose the collection is before it changes hands; nothing ever prompts without a terminal. */
import { IngestError } from '../domain/errors.js';
import { type FoundOwner, renderOwner } from '../report/state/render-adopt.js';
import type { Terminal } from './terminal.js';

export async function approveAdopt(
  terminal: Terminal,
  signal: AbortSignal,
  found: FoundOwner,
  flags: { readonly 'auto-approve': boolean; readonly json: boolean; readonly quiet: boolean },
): Promise<boolean> {
  if (!flags.json && !flags.quiet) await terminal.out(renderOwner(found, { width: terminal.width }));
  if (flags['auto-approve']) return true;
  if (!terminal.interactive) {
    throw new IngestError('E603', 'a collection would change hands, and nobody to approve it', {
      kind: 'input',
      advice: 'See above whose it is. If it is meant: add --auto-approve.',
    });
  }
  const answer = await terminal.ask('Take it over? Only "yes" is accepted: ', signal);
  return answer?.trim() === 'yes';
}
