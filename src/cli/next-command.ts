/** The command to run next, with the flags that led here. */
import type { CommonFlags } from './base-command.js';
import { LIVE } from './session/state-place.js';

/** `command` with --env (always named), -f and --state when they are not the defaults, and further words. */
export function nextCommand(
  command: string,
  environment: string,
  flags: CommonFlags,
  more: readonly string[] = [],
): string {
  const [verb, rest] = splitVerb(command, more);
  const words = ['ingest', verb, '--env', quote(environment)];
  if (flags.file.join() !== 'desired') for (const file of flags.file) words.push('-f', quote(file));
  // What changes something needs a folder, and the usual one is the best guess.
  const live = flags.state === LIVE && command.startsWith('apply');
  if (flags.state !== 'state' && !live) words.push('--state', quote(flags.state));
  for (const word of rest) words.push(quote(word));
  return words.join(' ');
}

/** Commands that have commands below them: a flag between the two words would make the second an argument. */
const TOPICS: ReadonlySet<string> = new Set(['rejects', 'state', 'server']);

function splitVerb(command: string, more: readonly string[]): readonly [string, readonly string[]] {
  const [below, ...rest] = more;
  if (!TOPICS.has(command) || below === undefined || below.startsWith('-')) return [command, more];
  return [`${command} ${below}`, rest];
}

function quote(word: string): string {
  return /^[\w./@:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
