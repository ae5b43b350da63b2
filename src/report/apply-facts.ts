/** The lines of an apply's report that several outcomes share. */
import type { ApplyResult, StrictSync } from '../domain/results.js';
import { safe } from './escape.js';
import { flowItems, labelled } from './flow-items.js';
import { groupDigits, plural, shortenPath } from './layout.js';
import type { Style } from './style.js';

const MAX_LISTED = 20;

/** `642 added, 2 moved, 0 rejected, 0 failed`: what is zero is left out, but never rejected and failed. */
export function describeApplied(result: ApplyResult): string {
  const { create, move, update, repair } = result.applied;
  const done = [
    [create, 'added'],
    [move, 'moved'],
    [update, 'changed'],
    [repair, 'repaired'],
    [result.applied.delete, 'deleted'],
    [result.applied.replace, 'built anew'],
  ] as const;
  const parts = done.filter(([count]) => count > 0).map(([count, word]) => `${groupDigits(count)} ${word}`);
  if (parts.length === 0) parts.push(result.swapped === undefined ? 'nothing changed' : 'swapped');
  if (result.withheld > 0) parts.push(`${groupDigits(result.withheld)} WITHHELD`);
  if (result.quarantined > 0) parts.push(`${groupDigits(result.quarantined)} quarantined`);
  parts.push(
    `${groupDigits(result.rejected - result.quarantined)} rejected`,
    `${groupDigits(result.failed)} failed`,
  );
  return parts.join(', ');
}

export function* wroteLine(result: ApplyResult, width: number): Generator<string> {
  const { upserted, relabelled, deleted, embedded, cached, retries } = result;
  if (upserted + relabelled + deleted + embedded + cached === 0) return;
  const written = [`${plural(upserted, 'chunk')} put`];
  if (relabelled > 0) written.push(`${groupDigits(relabelled)} relabelled`);
  if (deleted > 0) written.push(`${groupDigits(deleted)} deleted`);
  const items = [written.join(', '), `${groupDigits(embedded)} embedded, ${groupDigits(cached)} from cache`];
  if (retries > 0) items.push(plural(retries, 'retry', 'retries'));
  yield* labelled('Wrote', items, width);
}

/** `Checked   ids: live 4,310 = recorded 4,310; search finds 8 of 8 canaries`. */
export function* checkedLine(result: ApplyResult, width: number): Generator<string> {
  const sync = result.strict_sync;
  if (sync === null) return;
  const items = [describeSync(sync)];
  if (result.canaries.asked > 0) {
    items.push(
      `search finds ${result.canaries.passed} of ${plural(result.canaries.asked, 'canary', 'canaries')}`,
    );
  }
  yield* labelled('Checked', items, width);
}

/** Searchers were switched: from here on they see another collection. */
export function* swapLines({ swapped = [] }: ApplyResult, width: number): Generator<string> {
  for (const { collection, kept_as } of swapped) {
    const kept =
      kept_as === null ? 'the old one is not kept' : `the old one is ${safe(kept_as)}: ingest rollback`;
    yield* labelled('Swap', [`searchers see the new ${safe(collection)}`, kept], width);
  }
}

function describeSync(sync: StrictSync): string {
  if (sync.level === 'off') return 'nothing: live was not looked at';
  const level = sync.level === 'content' && sync.ok ? 'content, verified' : sync.level;
  if (sync.actual === null) return `${level}: live could not be read`;
  const live = groupDigits(sync.actual);
  if (sync.expected === null) return `${level}: live ${live}`;
  const recorded = groupDigits(sync.expected);
  const more = sync.actual - sync.expected;
  // What others put there is no difference, nor what a guard holds back.
  if (sync.ok && more > 0)
    return `${level}: live ${live} = recorded ${recorded} + ${groupDigits(more)} others`;
  return `${level}: live ${live} ${more === 0 ? '=' : '!='} recorded ${recorded}`;
}

/** `strict_sync_mismatch at ids: expected 4,310, actual 4,300, delta -10`. */
export function describeMismatch(sync: StrictSync): string {
  const number = (value: number | null): string => (value === null ? 'unknown' : groupDigits(value));
  const sign = sync.delta !== null && sync.delta > 0 ? '+' : '';
  const numbers = `strict sync mismatch at ${sync.level}: expected ${number(sync.expected)}, actual ${number(sync.actual)}, delta ${sign}${number(sync.delta)}`;
  return sync.message === null ? numbers : `${numbers}; ${safe(sync.message)}`;
}

/** One line a document; `total` counts also those that are not listed. */
export function* documentList(
  label: string,
  items: readonly { readonly uri: string; readonly message: string }[],
  total: number,
  options: { readonly style: Style; readonly width: number },
): Generator<string> {
  const shown = items.slice(0, MAX_LISTED);
  for (const item of shown) {
    const uri = shortenPath(safe(item.uri), Math.max(24, Math.floor(options.width / 2)));
    yield* flowItems(
      options.style.red(`${label.padEnd(9)} `),
      [`${uri}:`, ...safe(item.message).split(' ')],
      ' ',
      options.width,
    );
  }
  if (shown.length > 0 && total > shown.length) {
    yield `${' '.repeat(10)}${groupDigits(shown.length)} of ${groupDigits(total)} shown`;
  }
}
