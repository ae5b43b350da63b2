/** A smoke report as GitHub-flavoured Markdown, for the ticket of a release: verdict first. */
import type { SmokeReport } from '../../domain/smoke.js';
import { duration, groupDigits, isoTime, span } from '../layout.js';
import { code, codeCell, markerValue } from '../markdown/escape-markdown.js';

export function* renderSmokeMarkdown(report: SmokeReport): Generator<string> {
  const env = markerValue(report.environment);
  yield `<!-- ingest:smoke env=${env} -->`;
  yield `### Smoke of ${env}: ${report.outcome === 'passed' ? 'passed' : report.outcome.toUpperCase()}`;
  yield '';
  yield `ingest ${report.tool_version}, begun ${isoTime(report.started_at)}, ${duration(report.duration_ms)}. On a sample, in a temporary state and collections of its own.`;
  yield '';
  yield '| index | target | embedding | sampled | of |';
  yield '|---|---|---|--:|--:|';
  for (const { manifest_id, target, embedding, sampled, declared } of report.indexes) {
    const cells = [manifest_id, target, embedding].map(codeCell);
    yield `| ${[...cells, groupDigits(sampled), groupDigits(declared)].join(' | ')} |`;
  }
  yield '';
  yield '| step | result | what was seen | took |';
  yield '|---|---|---|--:|';
  for (const { name, status, evidence, problem, duration_ms } of report.steps) {
    const said =
      problem === null
        ? evidence.map(codeCell).join(', ')
        : codeCell(`${problem.code ?? ''} ${problem.message} ${problem.advice ?? ''}`.trim());
    const result = status === 'failed' ? '**FAILED**' : status;
    yield `| ${name} | ${result} | ${said} | ${status === 'skipped' ? '' : span(duration_ms)} |`;
  }
  for (const name of report.left_behind) {
    yield '';
    yield `Left behind, to be deleted by hand: ${code(name)}`;
  }
}
