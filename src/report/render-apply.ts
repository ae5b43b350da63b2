/** The end of an apply: what was written, what was not, what was checked, and what to do. Verdict last. */
import { type ApplyOutcome, type ApplyResult, EXIT } from '../domain/results.js';
import {
  checkedLine,
  describeApplied,
  describeMismatch,
  documentList,
  swapLines,
  wroteLine,
} from './apply-facts.js';
import { describeCheck } from './describe-live.js';
import { safe } from './escape.js';
import { flowItems, labelled, labelledText } from './flow-items.js';
import { duration, groupDigits, isoTime, plural, shortenPath, shortRun, shortSum } from './layout.js';
import { checkLines } from './render-checks.js';
import type { Style } from './style.js';

export interface RenderApplyOptions {
  readonly style: Style;
  readonly width: number;
  /** The command to run next; empty for none. */
  readonly next: string;
}

export function* renderApply(result: ApplyResult, options: RenderApplyOptions): Generator<string> {
  yield* OUTCOME[result.outcome](result, options);
  if (options.next !== '' && result.outcome !== 'applied' && result.outcome !== 'no_changes') {
    yield `${options.style.dim('Next'.padEnd(10))}${safe(options.next)}`;
  }
}

type Render = (result: ApplyResult, options: RenderApplyOptions) => Generator<string>;

const OUTCOME: Readonly<Record<ApplyOutcome, Render>> = {
  applied: function* (result, { style, width }) {
    yield* wroteLine(result, width);
    yield* checkedLine(result, width);
    yield* checkLines(result.checks, { style, width });
    yield* swapLines(result, width);
    const text = `${runName(result)}${describeApplied(result)}   ${duration(result.duration_ms)}`;
    yield* flowItems(style.green('Done'.padEnd(10)), text.split(' '), ' ', width);
  },

  no_changes: function* (result, { style, width }) {
    yield* checkLines(result.checks, { style, width });
    const check = describeCheck(result.strict_sync?.level ?? null, result.canaries);
    const checked = check === '' ? '' : ` (${check})`;
    const held = result.withheld > 0 ? `; ${groupDigits(result.withheld)} WITHHELD` : '';
    const text = `No changes: ${plural(result.recorded_chunks, 'chunk')}${checked}${held}.   ${duration(result.duration_ms)}`;
    for (const line of flowItems('', text.split(' '), ' ', width)) yield style.bold(line);
  },

  partial: function* (result, options) {
    const { style, width } = options;
    yield* whatCame(result, options);
    const still = [
      ...(result.withheld > 0 ? [`Searchers still find the ${groupDigits(result.withheld)}.`] : []),
      ...(result.reason === 'sources_unreadable' ? ['A source could not be read; its documents stay.'] : []),
      ...(result.checks.some(({ status }) => status === 'failed') ? ['Checks FAILED.'] : []),
    ];
    const text = [`${runName(result)}${describeApplied(result)}.`, ...still].join(' ');
    yield* flowItems(style.yellow(`Partial (exit ${EXIT.partial}): `), text.split(' '), ' ', width);
  },

  interrupted: function* (result, { style, width }) {
    const done = result.interrupted;
    yield style.yellow(`Interrupted after ${duration(result.duration_ms)} (exit ${EXIT.interrupted})`);
    if (done === null) {
      yield* labelled('written', ['nothing'], width);
      return;
    }
    const confirmed =
      done.chunks_written === 0
        ? 'nothing'
        : `${plural(done.documents_done, 'document')}, ${plural(done.chunks_written, 'chunk')}, ${plural(done.batches, 'batch', 'batches')}, all confirmed by Chroma`;
    yield* labelled('written', [confirmed], width);
    if (done.in_part.length > 0) {
      const parts = done.in_part
        .slice(0, 5)
        .map(
          (part) =>
            `${shortenPath(safe(part.uri), 48)}: ${groupDigits(part.done)} of ${plural(part.total, 'chunk')}`,
        );
      if (done.in_part.length > 5) parts.push(plural(done.in_part.length - 5, 'more document'));
      yield* labelled('in part', parts, width);
    }
    if (done.paid_not_written > 0) {
      yield* labelled(
        'paid for',
        [`${plural(done.paid_not_written, 'more chunk')} embedded, in the cache`],
        width,
      );
    }
    const left = done.documents_total - done.documents_done;
    const before =
      left === done.documents_total
        ? ''
        : `, not ${groupDigits(done.documents_total)}: what is written is not done again`;
    yield* labelledText('left', `${plural(left, 'document')}${before}`, width);
  },

  failed: function* (result, options) {
    const { style, width } = options;
    yield* whatCame(result, options);
    const { where = [], documents = 0 } = result.strict_sync ?? {};
    yield* documentList('differs', where, documents, options);
    yield* labelledText(
      'Applied',
      `${runName(result)}${describeApplied(result)}   ${duration(result.duration_ms)}`,
      width,
    );
    const sync = result.strict_sync;
    const why = sync !== null && !sync.ok ? describeMismatch(sync) : describeReason(result);
    yield* flowItems(style.red(`FAILED (exit ${EXIT.error}): `), why.split(' '), ' ', width);
    if (result.advice !== null) yield* flowItems('  do ', safe(result.advice).split(' '), ' ', width);
  },

  locked: function* (result, { style, width }) {
    const { holder } = result;
    if (holder === undefined) {
      yield* flowItems(
        style.red(`LOCKED (exit ${EXIT.locked}): `),
        safe(result.reason).split(' '),
        ' ',
        width,
      );
    } else {
      yield* labelled(
        'holder',
        [
          `run ${safe(shortRun(holder.run_id))} (${safe(holder.command)})`,
          `${safe(holder.user)}@${safe(holder.host)}, pid ${holder.pid}`,
        ],
        width,
      );
      yield* labelled('since', [safe(isoTime(holder.since))], width);
      const text = `another run holds ${safe(result.environment)}. Nothing was done.`;
      yield* flowItems(style.red(`LOCKED (exit ${EXIT.locked}): `), text.split(' '), ' ', width);
    }
    yield* labelledText(
      'Wait',
      'for it to end; the lease of a dead run is taken over by itself, within a minute',
      width,
    );
    yield* labelledText('Else', 'stop it where it runs; this run may then be started again at once', width);
  },

  stale: function* (result, { style, width }) {
    const moved = result.moved ?? [];
    const shown = moved.slice(0, 20);
    for (const line of shown) yield* labelledText('moved', safe(line), width);
    if (moved.length > shown.length)
      yield `${' '.repeat(10)}${groupDigits(shown.length)} of ${groupDigits(moved.length)} shown`;
    const plan = result.plan_id === null ? 'the plan' : `plan ${safe(shortSum(result.plan_id))}`;
    const why = moved.length === 0 ? ` ${safe(result.reason)}.` : '';
    const text = `${plan} no longer fits.${why} Nothing was done; plan again.`;
    yield* flowItems(style.red(`STALE (exit ${EXIT.stale}): `), text.split(' '), ' ', width);
  },
};

/** Of a run that was not all well: what is not in the index, what was written, and what was looked at. */
function* whatCame(result: ApplyResult, options: RenderApplyOptions): Generator<string> {
  yield* refusedLists(result, options);
  yield* documentList('failed', result.failures, result.failed, options);
  yield* wroteLine(result, options.width);
  yield* checkedLine(result, options.width);
  yield* checkLines(result.checks, options);
  yield* swapLines(result, options.width);
}

/** What waits for a person, and what was turned away. */
function* refusedLists(result: ApplyResult, options: RenderApplyOptions): Generator<string> {
  const refused = result.rejects ?? [];
  const of = (verdict: 'reject' | 'quarantine') => refused.filter((one) => one.verdict === verdict);
  yield* documentList('quarantine', of('quarantine'), result.quarantined, options);
  yield* documentList('rejected', of('reject'), result.rejected - result.quarantined, options);
}

function describeReason({ reason }: ApplyResult): string {
  if (reason !== 'checks_not_run') return safe(reason);
  return 'the checks could not be run, so nothing is known of them; what was written is recorded';
}

function runName(result: ApplyResult): string {
  return result.run_id === null ? '' : `run ${safe(shortRun(result.run_id))}: `;
}
