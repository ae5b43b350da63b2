/** The report of a run as GitHub-flavoured Markdown, for an issue, a release or an archive: verdict first. */
import type { ReportedDocuments, RunReport } from '../../domain/run-report.js';
import { duration, groupDigits, isoTime, plural, shortSum, span } from '../layout.js';
import { code, codeCell, markerValue } from '../markdown/escape-markdown.js';
import {
  agreement,
  changeItems,
  coverageSum,
  DECISION_WORD,
  endOf,
  figureOf,
  howLong,
  STATUS_WORD,
  spentItems,
  titleOf,
  writtenItems,
} from './run-words.js';

const MAX_LISTED = 50;

/** `next`: the command that is advised; empty: none. */
export function* renderRunMarkdown(report: RunReport, next: string): Generator<string> {
  const { run, verdict } = report;
  yield `<!-- ingest:run env=${markerValue(report.environment)} run=${markerValue(run.run_id)} -->`;
  yield `### ${code(titleOf(report))}: ${STATUS_WORD[verdict.status]}`;
  yield '';
  yield `Run ${code(run.run_id)} ${code(endOf(report))}, begun ${isoTime(run.started_at)}, ${howLong(report)}.`;
  yield '';
  yield `- **Decision** ${DECISION_WORD[verdict.downstream_decision]}`;
  yield `- **Do** ${code(verdict.recommended_action)}: ${code(verdict.recommendation)}`;
  if (verdict.reason_codes.length > 0) yield `- **Because** ${verdict.reason_codes.map(code).join(', ')}`;
  if (next !== '') yield `- **Next** ${code(next)}`;
  yield '';
  yield* indexTable(report);
  yield '';
  yield `${writtenItems(report).join(', ')}${['', ...spentItems(report)].join('; ')}.`;
  yield* documentSection('Rejected', report.rejected);
  yield* documentSection('Quarantined', report.quarantined);
  yield* documentSection('Failed', report.failed);
  yield* documentSection('Withheld', report.withheld);
  yield* warningSection(report);
  yield* checkSection(report);
  yield* phaseSection(report);
  yield* reconciliationSection(report);
  yield* anchorSection(report);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function* indexTable({ indexes }: RunReport): Generator<string> {
  yield '| index | coverage | changes | recorded | live | level |';
  yield '|---|---|---|--:|--:|---|';
  for (const index of indexes) {
    const { manifest_id, coverage, recorded, live, strict_sync: sync } = index;
    const count = sync === null ? live?.count : sync.actual;
    yield row([
      codeCell(manifest_id),
      coverageSum(coverage),
      changeItems(index).join(', ') || 'none',
      recorded === null ? 'not known' : groupDigits(recorded.chunks),
      count === null || count === undefined ? 'not known' : groupDigits(count),
      sync?.level ?? live?.verify ?? 'not looked at',
    ]);
  }
}

function* documentSection(title: string, { total, listed }: ReportedDocuments): Generator<string> {
  if (total === 0) return;
  const shown = listed.slice(0, MAX_LISTED);
  yield '';
  yield `#### ${title}: ${plural(total, 'document')}`;
  yield '';
  yield '| document | code | why |';
  yield '|---|---|---|';
  for (const { uri, code: id, message } of shown) yield row([codeCell(uri), codeCell(id), codeCell(message)]);
  if (shown.length < total) {
    yield '';
    yield `${groupDigits(shown.length)} of ${groupDigits(total)} shown.`;
  }
}

function* warningSection({ warnings, warn_count }: RunReport): Generator<string> {
  if (warnings.length === 0) return;
  const shown = warnings.slice(0, MAX_LISTED);
  yield '';
  yield `#### ${plural(warn_count, 'warning')}`;
  yield '';
  yield '| index | key | message | detail | needs action |';
  yield '|---|---|---|---|---|';
  for (const { manifest_id, key, message, detail, functional } of shown) {
    const cells = [manifest_id, key, message, detail ?? ''].map(codeCell);
    yield row([...cells, functional ? 'yes' : 'no']);
  }
}

function* checkSection({ checks }: RunReport): Generator<string> {
  if (checks.length === 0) return;
  yield '';
  yield '| checks | status | found | before | recall | before |';
  yield '|---|---|--:|--:|--:|--:|';
  for (const { manifest_id, status, passed, queries, recall, before } of checks) {
    yield row([
      codeCell(manifest_id),
      status,
      `${passed} of ${queries.length}`,
      before === null ? 'first time' : `${before.passed} of ${before.passed + before.failed}`,
      recall === null ? 'unknown' : recall.toFixed(2),
      before === null ? '' : before.recall.toFixed(2),
    ]);
  }
}

function* phaseSection({ timings }: RunReport): Generator<string> {
  if (timings === null || timings.phases.length === 0) return;
  yield '';
  yield `<details><summary>Durations: ${duration(timings.wall_ms)} in all</summary>`;
  yield '';
  yield '| phase | busy | times |';
  yield '|---|--:|--:|';
  for (const { phase, busy_ms, times } of timings.phases) {
    yield row([phase, span(busy_ms), groupDigits(times)]);
  }
  yield '</details>';
}

function* reconciliationSection({ reconciliation }: RunReport): Generator<string> {
  if (reconciliation.length === 0) return;
  const open = reconciliation.some(({ ok }) => ok === false) ? ' open' : '';
  yield '';
  yield `<details${open}><summary>${agreement(reconciliation)}</summary>`;
  yield '';
  yield '| figure | index | expected | actual | agrees |';
  yield '|---|---|--:|--:|---|';
  for (const { what, manifest_id, expected, actual, ok } of reconciliation) {
    yield row([
      what,
      manifest_id === null ? '' : codeCell(manifest_id),
      codeCell(figureOf(expected)),
      codeCell(figureOf(actual)),
      ok === null ? 'not known' : ok ? 'yes' : '**NO**',
    ]);
  }
  yield '</details>';
}

function* anchorSection({ anchors, run }: RunReport): Generator<string> {
  yield '';
  yield '<details><summary>Anchors</summary>';
  yield '';
  yield `run_id ${code(run.run_id)}, trace_id ${code(run.trace_id)}, plan_id ${code(run.plan_id ?? 'none')}`;
  if (anchors.length > 0) {
    yield '';
    yield '| manifest_id | batch_id | source_id | source_fingerprint |';
    yield '|---|---|---|---|';
    for (const { manifest_id, batch_id, source_id, source_fingerprint } of anchors) {
      yield row([manifest_id, shortSum(batch_id), source_id, shortSum(source_fingerprint)].map(codeCell));
    }
  }
  yield '</details>';
}
