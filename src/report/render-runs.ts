import type { ListedRun } from '../domain/state-reports.js';
import { safe } from './escape.js';
import { displayWidth, duration, isoTime, padEnd, shortenMiddle, shortRun, shortSum } from './layout.js';
import type { Style } from './style.js';

type Cells = readonly [
  run: string,
  started: string,
  took: string,
  outcome: string,
  batch: string,
  who: string,
];

/** The history as a table, in the order given (newest first). `running` is the run that holds the lease now. */
export function* renderRuns(
  runs: readonly ListedRun[],
  options: { readonly style: Style; readonly width: number; readonly running: string | undefined },
): Generator<string> {
  if (runs.length === 0) {
    yield 'No run was recorded yet.';
    return;
  }
  const { style, width } = options;
  const rows = runs.map((run) => cells(run, options.running));
  const head: Cells = ['run', 'started', 'took', 'outcome', 'batch', 'who'];
  const columns = head.map((name, i) =>
    Math.max(displayWidth(name), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  const line = (row: Cells): string =>
    shortenEnd(row.map((cell, i) => padEnd(cell, columns[i] ?? 0)).join('  '), width);
  yield style.dim(line(head));
  for (const row of rows) yield paint(row[3], line(row), style);
}

function cells(run: ListedRun, running: string | undefined): Cells {
  const outcome = run.outcome ?? (run.run_id === running ? 'running' : 'did not finish');
  const reason =
    run.reason === null || run.reason === outcome || run.reason === 'ok'
      ? ''
      : ` (${shortenMiddle(safe(run.reason), 24)})`;
  return [
    safe(shortRun(run.run_id)),
    safe(isoTime(run.started_at)),
    took(run),
    safe(outcome) + reason,
    batch(run),
    `${safe(run.user)}@${safe(run.host)}`,
  ];
}

/** Of the first index, and of how many more. */
function batch({ batches: [first, ...more] }: ListedRun): string {
  if (first === undefined) return '-';
  return more.length === 0 ? shortSum(first.batch_id) : `${shortSum(first.batch_id)} +${more.length}`;
}

function took(run: ListedRun): string {
  if (run.finished_at === null) return '-';
  const ms = Date.parse(run.finished_at) - Date.parse(run.started_at);
  return Number.isFinite(ms) ? duration(ms) : '-';
}

function shortenEnd(text: string, width: number): string {
  const trimmed = text.trimEnd();
  return displayWidth(trimmed) <= width ? trimmed : shortenMiddle(trimmed, width);
}

function paint(outcome: string, line: string, style: Style): string {
  if (outcome.startsWith('failed') || outcome.startsWith('did not finish')) return style.red(line);
  if (outcome.startsWith('partial') || outcome.startsWith('interrupted')) return style.yellow(line);
  return line;
}
