/** Asks a person before something changes. Nothing ever prompts without a terminal. */
import { IngestError } from '../domain/errors.js';
import type { Terminal } from './output/terminal.js';

export interface Question {
  readonly question: string;
  /** What approves it, when that is not "yes", and how a person is told so. */
  readonly answer?: { readonly word: string; readonly how: string };
  /** Where nobody can be asked: what would change, and what to do instead. */
  readonly unasked: { readonly message: string; readonly advice: string };
}

const YES = { word: 'yes', how: 'Only "yes" is accepted' };

/** @throws IngestError E603 without a terminal */
export async function askApproval(
  terminal: Terminal,
  signal: AbortSignal,
  { question, answer: { word, how } = YES, unasked: { message, advice } }: Question,
): Promise<boolean> {
  if (!terminal.interactive) throw new IngestError('E603', message, { kind: 'input', advice });
  const answer = await terminal.ask(`${question} ${how}: `, signal);
  return answer?.trim() === word;
}
