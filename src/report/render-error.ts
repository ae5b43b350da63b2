import { IngestError } from '../domain/errors.js';
import { safe, safeLines } from './escape.js';
import { flowItems } from './flow-items.js';
import type { Style } from './style.js';

const MAX_CAUSES = 8;

/** Code and message, what to do, and the chain of causes, one line each. */
export function* renderError(
  error: unknown,
  options: { readonly style: Style; readonly width: number; readonly verbose: boolean },
): Generator<string> {
  const { style, width } = options;
  const known = error instanceof IngestError ? error : undefined;
  const head = known === undefined ? 'Error E901' : `Error ${known.code}`;
  const [first = '', ...more] = safeLines(messageOf(error));
  yield* flowItems(`${style.red(head)} `, first.split(' '), ' ', width);
  for (const line of more) yield `  ${line}`;
  for (const cause of causes(error))
    yield* flowItems(`  ${style.dim('because')} `, safe(cause).split(' '), ' ', width);
  if (known !== undefined) {
    for (const line of safeLines(known.advice))
      yield* flowItems(`  ${style.bold('do')} `, line.split(' '), ' ', width);
  }
  if (known === undefined || known.kind === 'bug') {
    yield* flowItems(
      '  ',
      'This is a bug in ingest. Please report it, with the command you ran and these lines.'.split(' '),
      ' ',
      width,
    );
    if (!options.verbose) yield '  --verbose shows where it happened.';
  }
  if (options.verbose && error instanceof Error && error.stack !== undefined) {
    for (const line of safeLines(error.stack).slice(1)) yield style.dim(line);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}

/** Messages of the causes, outermost first; ends at a cycle, and leaves out what only repeats the line before. */
function causes(error: unknown): string[] {
  const messages: string[] = [];
  const seen = new Set<unknown>([error]);
  let previous = messageOf(error);
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && cause !== null && !seen.has(cause) && messages.length < MAX_CAUSES) {
    seen.add(cause);
    const message = messageOf(cause);
    if (!previous.includes(message)) messages.push(message);
    previous = message;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages;
}
