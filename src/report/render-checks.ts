/** Retrieval checks: every question with the rank of what it expects, the figures, and what changed since last time. */
import type { CheckExpectation, CheckReport, QueryCheck, RetrievalCheck } from '../domain/checks.js';
import { EXIT } from '../domain/results.js';
import { safe } from './escape.js';
import { flowItems, labelled, labelledText } from './flow-items.js';
import { groupDigits, padEnd, plural, shortenMiddle, shortenPath } from './layout.js';
import type { Style } from './style.js';

interface Options {
  readonly style: Style;
  readonly width: number;
}

const MAX_MISSED = 20;
const RANK_WIDTH = 20;

/** What `ingest check` prints. */
export function* renderChecks(report: CheckReport, options: Options): Generator<string> {
  const { style, width } = options;
  for (const check of report.checks) {
    yield style.bold(`${safe(check.manifest_id)} -> ${safe(check.collection)} @ ${safe(report.environment)}`);
    for (const query of check.queries) yield* queryLines(query, check, options);
    yield* labelled('Checks', summaryItems(check), width);
    yield '';
  }
  if (report.without_checks.length > 0 && report.checks.length > 0) {
    yield* labelled('Without', [`no checks declared: ${report.without_checks.map(safe).join(', ')}`], width);
  }
  yield* flowItems('', verdict(report, style).split(' '), ' ', width);
}

/** In the report of an apply: the figures, and what was missed. */
export function* checkLines(checks: readonly RetrievalCheck[], options: Options): Generator<string> {
  const { style, width } = options;
  for (const check of checks) {
    const name = checks.length > 1 ? [safe(check.manifest_id)] : [];
    yield* labelled('Checks', [...name, ...summaryItems(check)], width);
    const missed = check.queries.filter(({ met }) => !met);
    for (const query of missed.slice(0, MAX_MISSED)) {
      const why = query.expected.filter(({ rank }) => rank === null).map((one) => describeMiss(one, query));
      const paint = check.status === 'failed' ? style.red : style.yellow;
      yield* flowItems(paint('missed'.padEnd(10)), [`${safe(query.query)}:`, ...why], ' ', width);
    }
    if (missed.length > MAX_MISSED) {
      yield `${' '.repeat(10)}${groupDigits(MAX_MISSED)} of ${groupDigits(missed.length)} shown`;
    }
    if (check.swap_blocked) {
      const text = `searchers keep the old collection; the new one is built and waits. Mend the documents or edit \`checks\`, then apply again: only the checks and the swap are left`;
      yield* labelledText('Swap', text, width);
    }
  }
}

function* queryLines(query: QueryCheck, check: RetrievalCheck, { style, width }: Options): Generator<string> {
  const failed = check.status === 'failed';
  const mark = query.met
    ? style.green('ok'.padEnd(8))
    : failed
      ? style.red('FAILED'.padEnd(8))
      : style.yellow('missed'.padEnd(8));
  const room = Math.max(20, width - 10 - RANK_WIDTH);
  const rank = `${rankText(query.rank)}${changeText(query)}`;
  yield `  ${mark}${padEnd(shortenMiddle(safe(query.query), room), room)} ${rank}`.trimEnd();
  const missed = query.expected.filter((one) => one.rank === null);
  for (const one of missed) {
    yield* flowItems(' '.repeat(10), describeMiss(one, query).split(' '), ' ', width);
  }
  if (missed.length > 0 && query.nearest !== null) {
    yield* flowItems(' '.repeat(10), ['nearest:', shortenPath(safe(query.nearest), width - 20)], ' ', width);
  }
}

function rankText(rank: number | null): string {
  return rank === null ? 'not found' : `rank ${rank}`;
}

function changeText({ rank, met, before }: QueryCheck): string {
  if (before === null || (before.rank === rank && before.met === met)) return '';
  return `, was ${before.rank === null ? 'not found' : before.rank}`;
}

function describeMiss({ kind, expected, indexed }: CheckExpectation, { k }: QueryCheck): string {
  if (kind === 'contains') return `"${safe(expected)}" is in none of the nearest ${plural(k, 'chunk')}`;
  if (indexed === false) return `${safe(expected)} is not in the index`;
  return `${safe(expected)} is not among the nearest ${plural(k, 'chunk')}`;
}

function summaryItems({ error, queries, passed, recall, mrr, thresholds, before }: RetrievalCheck): string[] {
  if (error !== null) return [`NOT RUN: ${safe(`${error.code} ${error.message}`)}`];
  const was = (value: number | undefined, now: number | null): string =>
    value === undefined || now === null || figure(value) === figure(now) ? '' : `, was ${figure(value)}`;
  const least = (value: number | null): string => (value === null ? '' : ` (at least ${figure(value)})`);
  return [
    `${groupDigits(passed)} of ${plural(queries.length, 'query', 'queries')} found`,
    `recall ${figure(recall)}${least(thresholds.recall)}${was(before?.recall, recall)}`,
    `mrr ${figure(mrr)}${least(thresholds.mrr)}${was(before?.mrr, mrr)}`,
  ];
}

/** Never rounded up to 1 when something was missed. */
function figure(value: number | null): string {
  if (value === null) return 'unknown';
  return value < 1 && value > 0.994 ? '0.99' : value.toFixed(2);
}

function verdict({ outcome, checks, without_checks, environment }: CheckReport, style: Style): string {
  const named = (status: RetrievalCheck['status']): string =>
    checks
      .filter((check) => check.status === status)
      .map((check) => safe(check.manifest_id))
      .join(', ');
  switch (outcome) {
    case 'no_checks':
      return `No checks declared in ${without_checks.map(safe).join(', ') || safe(environment)}.`;
    case 'error':
      return `${style.red(`UNKNOWN (exit ${EXIT.error})`)}: the checks of ${named('not_run')} could not be run.`;
    case 'failed':
      return `${style.red(`Checks FAILED (exit ${EXIT.partial})`)}: ${named('failed')}.`;
    case 'passed':
      return `${style.green('Checks passed')}: ${named('passed')}.`;
  }
}
