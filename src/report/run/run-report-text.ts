/** The report of a run on a terminal: what went in, what came of it, what agrees, and the verdict last. */
import type { ReportedDocuments, RunReport, RunReportIndex } from '../../domain/run-report.js';
import { documentList } from '../apply-facts.js';
import { warningLines } from '../describe-warnings.js';
import { safe } from '../escape.js';
import { flowItems, labelled, labelledText } from '../flow-items.js';
import { groupDigits, isoTime, plural, shortRun, shortSum, span } from '../layout.js';
import { checkLines } from '../render-checks.js';
import type { Style } from '../style.js';
import {
  agreement,
  changeItems,
  coverageSum,
  DECISION_WORD,
  endOf,
  figureOf,
  furtherCodes,
  howLong,
  refusedItems,
  runName,
  STATUS_WORD,
  skippedItems,
  spentItems,
  titleOf,
  writtenItems,
} from './run-words.js';

export interface RunReportOptions {
  readonly style: Style;
  readonly width: number;
  readonly verbose: boolean;
  /** The command to run next; empty: none. */
  readonly next: string;
}

export function* renderRunReport(report: RunReport, options: RunReportOptions): Generator<string> {
  const { style, width, verbose } = options;
  const { run, verdict } = report;
  yield style.bold(`${safe(titleOf(report))}   ${safe(runName(report))}`);
  yield* labelled(
    'Run',
    [safe(run.command), `${safe(run.user)}@${safe(run.host)}`, isoTime(run.started_at), howLong(report)],
    width,
  );
  yield* labelled(
    'Anchors',
    [
      `run_id ${run.run_id}`,
      `trace_id ${safe(run.trace_id)}`,
      run.plan_id === null ? 'no plan' : `plan_id ${shortSum(run.plan_id)}`,
    ],
    width,
  );
  if (run.resumed) yield* labelledText('Resumed', safe(run.resume_reason ?? ''), width);
  for (const index of report.indexes) yield* indexLines(index, report, width);
  yield* labelled('Wrote', [writtenItems(report).join(', '), ...spentItems(report)], width);
  if (report.timings !== null) {
    const phases = report.timings.phases.map(({ phase, busy_ms }) => `${phase} ${span(busy_ms)}`);
    if (phases.length > 0) yield* labelled('Time', phases, width);
  }
  yield* documents('rejected', report.rejected, options);
  yield* documents('quarantine', report.quarantined, options);
  yield* documents('failed', report.failed, options);
  yield* documents('withheld', report.withheld, options);
  yield* warningLines(report.warnings, { style, width, verbose });
  yield* checkLines(report.checks, options);
  const wrong = report.reconciliation.filter(({ ok }) => ok === false);
  for (const { name, manifest_id, expected, actual, what } of wrong) {
    const of = manifest_id === null ? '' : ` of ${safe(manifest_id)}`;
    yield* flowItems(
      style.red('DIFFERS'.padEnd(10)),
      `${name}${of}: ${figureOf(expected)} is not ${figureOf(actual)} (${what})`.split(' '),
      ' ',
      width,
    );
  }
  yield* labelledText('Agrees', agreement(report.reconciliation), width);
  yield* labelledText('Decision', DECISION_WORD[verdict.downstream_decision], width);
  yield* verdictLines(report, options);
}

function* indexLines(index: RunReportIndex, report: RunReport, width: number): Generator<string> {
  const name = report.indexes.length > 1 ? [safe(index.manifest_id)] : [];
  yield* labelled(
    'Input',
    [
      ...name,
      `manifest ${shortSum(index.manifest_sha256)}`,
      `batch ${shortSum(index.batch_id)}`,
      `into ${safe(index.collection)}`,
    ],
    width,
  );
  for (const source of index.sources) {
    const listing = source.complete ? source.listing : `${source.listing}, INCOMPLETE`;
    const items = [
      `${safe(source.source_id)} (${safe(source.type)}, ${listing} listing): ${plural(source.documents, 'document')}`,
      `fingerprint ${shortSum(source.fingerprint)}`,
      ...(Object.keys(source.skipped).length === 0
        ? []
        : [`skipped ${skippedItems(source.skipped).map(safe).join(', ')}`]),
    ];
    yield* labelled('Source', items, width);
  }
  yield* labelledText('Coverage', coverageSum(index.coverage), width);
  const changes = changeItems(index);
  yield* labelled('Changes', changes.length === 0 ? ['none'] : changes, width);
  const refused = refusedItems(index);
  if (refused.length > 0) yield* labelled('Refused', refused.map(safe), width);
  yield* labelled('Checked', lookedAt(index), width);
}

/** How closely live was looked at, and what was there. */
function lookedAt({ strict_sync: sync, live, recorded }: RunReportIndex): string[] {
  if (live === null) return ['nothing: the run did not come to it'];
  const level = sync?.level ?? live.verify;
  if (level === 'off') return ['nothing: live was not looked at'];
  const count = sync === null ? live.count : sync.actual;
  const chunks = recorded === null ? '' : ` recorded ${groupDigits(recorded.chunks)}`;
  const items = [`${level}: live ${count === null ? 'not known' : groupDigits(count)},${chunks}`];
  if (sync !== null && !sync.ok) items.push(safe(sync.message ?? 'not as recorded'));
  if (live.foreign > 0) items.push(`${groupDigits(live.foreign)} foreign`);
  if (live.canaries.asked > 0) items.push(`canaries ${live.canaries.passed} of ${live.canaries.asked}`);
  return items;
}

function* documents(
  label: string,
  { listed, total }: ReportedDocuments,
  options: RunReportOptions,
): Generator<string> {
  const items = listed.map(({ uri, code, message }) => ({
    uri,
    message: message === '' ? code : `${message} [${code}]`,
  }));
  yield* documentList(label, items, total, options);
}

function* verdictLines(report: RunReport, { style, width, next }: RunReportOptions): Generator<string> {
  const { verdict } = report;
  const paint =
    verdict.status === 'success' ? style.green : verdict.status === 'warning' ? style.yellow : style.red;
  const further = furtherCodes(report);
  const codes = further.length === 0 ? '' : ` (${further.map(safe).join(', ')})`;
  const text = `run ${shortRun(report.run.run_id)} ${safe(endOf(report))}${codes}.`;
  yield* flowItems(paint(`${STATUS_WORD[verdict.status]}: `), text.split(' '), ' ', width);
  yield* labelledText('Do', `${verdict.recommended_action}: ${safe(verdict.recommendation)}`, width);
  if (next !== '') yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}
