/** The command to run next, with the flags that led here. */
import type { CommonFlags } from './base-command.js';

/** `command` with --env (always named), and -f and --state when they are not the defaults. */
export function nextCommand(command: string, environment: string, flags: CommonFlags): string {
  const words = ['ingest', command, '--env', quote(environment)];
  if (flags.file.join() !== 'desired') for (const file of flags.file) words.push('-f', quote(file));
  if (flags.state !== 'state') words.push('--state', quote(flags.state));
  return words.join(' ');
}

function quote(word: string): string {
  return /^[\w./@:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
