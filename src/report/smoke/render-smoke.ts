/** A smoke report on a terminal: a line a step, what failed with what to do, the verdict last. */
import { EXIT } from '../../domain/results.js';
import type { SmokeReport, SmokeStep } from '../../domain/smoke.js';
import { safe } from '../escape.js';
import { flowItems, labelledText } from '../flow-items.js';
import { duration, groupDigits, padEnd, plural, span } from '../layout.js';
import type { Style } from '../style.js';

export interface RenderSmokeOptions {
  readonly style: Style;
  readonly width: number;
}

const WORD: Readonly<Record<SmokeStep['status'], string>> = {
  passed: 'ok',
  failed: 'FAILED',
  skipped: 'skipped',
};
const PREFIX = 22;

export function* renderSmoke(report: SmokeReport, options: RenderSmokeOptions): Generator<string> {
  const { style, width } = options;
  for (const index of report.indexes) {
    yield style.bold(`${safe(index.manifest_id)} @ ${safe(report.environment)} -> ${safe(index.target)}`);
    const words = `as ${safe(index.collection)}, ${safe(index.embedding)}: ${groupDigits(index.sampled)} of ${plural(index.declared, 'document')}`;
    yield* flowItems('  ', words.split(' '), ' ', width);
  }
  yield '';
  for (const step of report.steps) yield* stepLines(step, options);
  yield '';
  for (const name of report.left_behind) {
    yield* labelledText('Left', `collection ${safe(name)} could not be deleted: delete it by hand`, width);
  }
  const took = duration(report.duration_ms);
  if (report.outcome === 'passed') {
    yield `${style.green('Smoke passed')}: ${report.steps.length} of ${report.steps.length} steps.   ${took}`;
    return;
  }
  const failed = report.steps.filter(({ status }) => status === 'failed').map(({ name }) => name);
  yield report.outcome === 'interrupted'
    ? style.yellow(`Interrupted (exit ${EXIT.interrupted}): what was made is taken away.`)
    : `${style.red(`Smoke FAILED (exit ${EXIT.error})`)}: ${failed.join(', ')}.   ${took}`;
}

function* stepLines(
  { name, status, evidence, problem, duration_ms }: SmokeStep,
  options: RenderSmokeOptions,
): Generator<string> {
  const { style, width } = options;
  const paint = status === 'passed' ? style.green : status === 'failed' ? style.red : style.dim;
  const head = `${paint(padEnd(WORD[status], 9))}${padEnd(name, PREFIX - 9)}`;
  const said =
    problem === null
      ? evidence.map(safe).join('; ')
      : safe(`${problem.code ?? ''} ${problem.message}`.trim());
  const took = status === 'skipped' ? '' : `  ${span(duration_ms)}`;
  yield* flowItems(head, `${said}${took}`.split(' '), ' ', width);
  if (problem?.advice != null)
    yield* flowItems(' '.repeat(PREFIX), safe(problem.advice).split(' '), ' ', width);
}
