/**
 * The report of a run as one page that needs nothing but itself: no script, no font, no image from elsewhere, and a
 * policy in it that forbids them. Names of documents, messages and commands are of others and stay text.
 */
import { sha256Hex } from '../../../domain/hashing.js';
import { ACTION_SIGN } from '../../../domain/plan.js';
import type { RunReport } from '../../../domain/run-report.js';
import { duration, groupDigits, isoTime, money, percent, plural, shortRun, span } from '../../layout.js';
import {
  APPLIED_ACTIONS,
  COVERAGE_CLASSES,
  coverageSum,
  DECISION_WORD,
  endOf,
  furtherCodes,
  howLong,
  STATUS_WORD,
  titleOf,
} from '../run-words.js';
import { type Bar, barChart, columnChart, stackedBar } from './charts.js';
import { type Html, html, NOTHING } from './html.js';
import { PAGE_STYLE } from './page-style.js';
import {
  anchorBlock,
  checkBlock,
  code,
  documentBlock,
  indexBlock,
  reconciliationBlock,
  warningBlock,
} from './run-tables.js';

/** `next`: the command that is advised; empty: none. */
export function renderRunHtml(report: RunReport, next: string): Iterable<string> {
  const styleHash = Buffer.from(sha256Hex(PAGE_STYLE), 'hex').toString('base64');
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const page = html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="ingest">
<link rel="icon" href="data:,">
<title>${shortRun(report.run.run_id)} ${titleOf(report)}: ${STATUS_WORD[report.verdict.status]}</title>
`;
  const body = html`</head><body><main class="${report.verdict.status}">
${head(report, next)}${tiles(report)}
<div class="grid">${charts(report)}</div>
${documentBlock('Rejected', report.rejected)}${documentBlock('Quarantined', report.quarantined)}${documentBlock('Failed', report.failed)}${documentBlock('Withheld', report.withheld)}
${warningBlock(report)}${checkBlock(report)}${report.indexes.map(indexBlock)}
${reconciliationBlock(report)}${anchorBlock(report)}
${foot(report)}
</main></body></html>`;
  return ['<!doctype html>', page.markup.trimEnd(), `<style>${PAGE_STYLE}</style>`, body.markup];
}

function head(report: RunReport, next: string): Html {
  const { run, verdict } = report;
  const codes = furtherCodes(report);
  return html`<header><span class="pill">${STATUS_WORD[verdict.status]}</span>
<h1>${titleOf(report)}</h1>
<p class="soft">Run <code>${run.run_id}</code> ${endOf(report)}. Begun ${isoTime(run.started_at)} by ${run.user}@${run.host}, ${howLong(report)}.</p></header>
<section class="card verdict"><p><b>${sentence(DECISION_WORD[verdict.downstream_decision])}</b></p>
<p>${code(verdict.recommended_action)}: ${verdict.recommendation}${codes.length === 0 ? '' : ` (${codes.join(', ')})`}.</p>
${next === '' ? NOTHING : html`<p><code class="next">${next}</code></p>`}</section>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function tiles({ coverage, figures, indexes, run }: RunReport): Html {
  const recorded = indexes.flatMap((index) => (index.recorded === null ? [] : [index.recorded.chunks]));
  const shown: [string, string][] = [
    [groupDigits(coverage.current), `of ${plural(coverage.declared, 'declared document')} current`],
    [
      recorded.length === 0 ? '?' : groupDigits(recorded.reduce((sum, n) => sum + n, 0)),
      'chunks recorded at the end',
    ],
    [groupDigits(figures.upserted), `${figures.upserted === 1 ? 'chunk' : 'chunks'} put`],
    [figures.tokens === null ? '?' : groupDigits(figures.tokens), 'tokens embedded (estimated)'],
    [figures.tokens === null ? '?' : money(figures.cost), 'embedding cost'],
    [run.duration_ms === null ? '?' : duration(run.duration_ms), 'wall time'],
  ];
  return html`<section class="tiles">${shown.map(([number, words]) => html`<div class="card tile"><b>${number}</b><span>${words}</span></div>`)}</section>`;
}

function* chartList(report: RunReport): Generator<Html> {
  const { coverage, figures, timings, history, indexes } = report;
  yield stackedBar(
    'coverage',
    'Coverage',
    COVERAGE_CLASSES.filter(([key]) => key === 'current' || coverage[key] > 0).map(([key, label]) => ({
      label,
      value: coverage[key],
      text: groupDigits(coverage[key]),
      tone: key,
    })),
    coverageSum(coverage),
  );
  yield stackedBar(
    'embedding',
    'Embedded and from the cache',
    [
      { label: 'embedded', value: figures.embedded, text: groupDigits(figures.embedded), tone: 'embedded' },
      { label: 'from the cache', value: figures.cached, text: groupDigits(figures.cached), tone: 'cached' },
    ],
    figures.embedded + figures.cached === 0
      ? 'No vector was needed.'
      : figures.cached === 0
        ? 'None came from the cache.'
        : `${percent(figures.cached, figures.embedded + figures.cached)} of the vectors cost nothing.`,
  );
  const changes: Bar[] = APPLIED_ACTIONS.map((action) => {
    const planned = indexes.reduce((sum, index) => sum + index.planned[action], 0);
    const done = indexes.reduce((sum, index) => sum + (index.applied?.[action] ?? 0), 0);
    const text = done === planned ? groupDigits(done) : `${groupDigits(done)} of ${groupDigits(planned)}`;
    return { label: `${ACTION_SIGN[action]} ${action}`, value: done, outOf: planned, text, tone: action };
  });
  const unknown = indexes.some(({ applied }) => applied === null);
  yield barChart(
    'changes',
    'Changes by action',
    changes,
    unknown ? 'Planned; what of it was done, a run without an end does not say by action.' : '',
  );
  if (timings !== null && timings.phases.length > 0) {
    const busy = timings.phases.reduce((sum, { busy_ms }) => sum + busy_ms, 0);
    yield barChart(
      'durations',
      'Durations by phase',
      timings.phases.map(({ phase, busy_ms }) => ({
        label: phase,
        value: busy_ms,
        text: span(busy_ms),
        tone: 'phase',
      })),
      busy > timings.wall_ms ? `Phases overlap: each is the time in which it was busy.` : '',
    );
  }
  yield historyChart(history);
}

function charts(report: RunReport): Html[] {
  return [...chartList(report)];
}

const OUTCOMES = ['applied', 'no_changes', 'partial', 'failed', 'interrupted', 'killed'];

function historyChart(history: RunReport['history']): Html {
  const of = (outcome: string | null): string => outcome ?? 'killed';
  const present = OUTCOMES.filter((outcome) => history.some((one) => of(one.outcome) === outcome));
  return columnChart(
    'history',
    'Chunks put by the last runs of this index',
    history.map((one) => ({
      value: one.upserted,
      tone: of(one.outcome),
      title: `${shortRun(one.run_id)} ${isoTime(one.started_at)} ${of(one.outcome)}: ${plural(one.upserted, 'chunk')} put, ${groupDigits(one.embedded)} embedded, ${groupDigits(one.deleted)} deleted${one.duration_ms === null ? '' : `, ${duration(one.duration_ms)}`}`,
    })),
    {
      note: `${plural(history.length, 'run')}, this one last; the highest column is ${plural(Math.max(0, ...history.map(({ upserted }) => upserted)), 'chunk')}.`,
      first: toTheMinute(history[0]?.started_at ?? ''),
      last: history.length > 1 ? toTheMinute(history.at(-1)?.started_at ?? '') : '',
      legend: present.map(
        (outcome) =>
          html`<li><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="${outcome}" width="10" height="10" rx="2"/></svg>${outcome.replace('_', ' ')}</li>`,
      ),
    },
  );
}

/** `2026-11-22T15:32Z`: two of them stand side by side on a phone. */
function toTheMinute(time: string): string {
  return isoTime(time).replace(/(T\d\d:\d\d):\d\d/, '$1');
}

function foot({ run, environment }: RunReport): Html {
  const versions = [
    run.tool_version === null ? '' : `ingest ${run.tool_version}`,
    run.node_version === null ? '' : `Node ${run.node_version}`,
    run.os ?? '',
  ].filter((one) => one !== '');
  return html`<footer>Made from the journal of environment ${environment}; it says the same whenever it is made. Command: <code>${run.command}</code>. ${versions.join(', ')}.</footer>`;
}
