/** A drift report as GitHub-flavoured Markdown, for an issue or a mail: verdict first, then what and where. */
import type { DriftIndex, DriftReport } from '../../domain/drift-report.js';
import { groupDigits, isoTime, shortRun } from '../layout.js';
import { code, codeCell, markerValue } from '../markdown/escape-markdown.js';
import { consequences, describeSample, drifted, mostUrgentFirst } from './drift-verdict.js';

/** Documents named of one class. */
const MAX_PLACES = 10;

/** `next`: the command that repairs. */
export function* renderDriftMarkdown(report: DriftReport, next: string): Generator<string> {
  const env = markerValue(report.environment);
  yield `<!-- ingest:drift env=${env} -->`;
  yield `### ${env}: ${verdict(report)}`;
  yield '';
  yield `Checked ${isoTime(report.checked_at)}.`;
  if (report.indexes.length === 0) return;
  yield '';
  yield '| index | verdict | level | recorded | live | canaries | last known good |';
  yield '|---|---|---|--:|--:|--:|---|';
  const ordered = mostUrgentFirst(report);
  for (const index of ordered) yield indexRow(index);
  for (const index of ordered) yield* details(index);
  const mends = (index: DriftIndex): boolean => index.pinned === undefined && index.advice === null;
  if (!report.indexes.some((index) => drifted(index) && mends(index))) return;
  yield '';
  yield `Repair: ${code(next)}`;
}

function verdict(report: DriftReport): string {
  if (report.indexes.length === 0) return 'nothing is recorded';
  const unknown = report.indexes.filter((index) => index.status === 'unreachable').length;
  const found = report.indexes.filter(drifted).length;
  const texts = [
    ...(unknown === 0 ? [] : [`${unknown} of ${report.indexes.length} UNKNOWN`]),
    ...(found === 0 ? [] : [`${found} of ${report.indexes.length} DRIFTED`]),
  ];
  return texts.length === 0 ? 'no drift' : texts.join(', ');
}

function indexRow(index: DriftIndex): string {
  const { canaries, last_good_run: run } = index;
  const away = index.status === 'unreachable';
  return row([
    codeCell(index.manifest_id),
    away ? 'UNKNOWN' : drifted(index) ? 'DRIFT' : 'no drift',
    away ? 'not looked at' : index.sample === null ? index.verify : `${index.verify}, a sample`,
    groupDigits(index.recorded.chunks),
    index.live_count === null ? 'unknown' : groupDigits(index.live_count),
    canaries.asked === 0 ? 'none asked' : `${canaries.passed} of ${canaries.asked}`,
    run === null
      ? 'none yet'
      : `${codeCell(shortRun(run.run_id))}, ${isoTime(run.finished_at ?? run.started_at)}`,
  ]);
}

function* details(index: DriftIndex): Generator<string> {
  if (index.error !== null) {
    yield '';
    yield `**${code(index.manifest_id)}**: ${index.error.code} ${code(index.error.message)}. Nothing is known of it.`;
    yield '';
    yield code(index.error.advice);
    return;
  }
  if (index.sample !== null) {
    yield '';
    yield `Sample of ${code(index.manifest_id)}: ${describeSample(index)}. Of orphans and foreign records only the count tells.`;
  }
  if (index.pinned !== undefined) {
    yield '';
    const effect = drifted(index) ? ', and no apply repairs it' : '';
    yield `${code(index.manifest_id)} is pinned by a rollback at generation ${index.pinned.generation}${effect}.`;
  }
  if (index.classes.length === 0) return;
  const what = consequences(index);
  yield '';
  yield `**${code(index.manifest_id)}**${what === '' ? '' : `: ${what}`}`;
  yield '';
  yield '| class | incident | records | documents | where |';
  yield '|---|---|--:|--:|---|';
  for (const found of index.classes) {
    const places = found.where.slice(0, MAX_PLACES).flatMap(({ uri, records, of, parts }) => {
      if (uri === null) return [];
      const changed = parts === undefined ? '' : ` (${parts.join(', ')})`;
      return [
        `${codeCell(uri)} ${groupDigits(records)}${of === null ? '' : ` of ${groupDigits(of)}`}${changed}`,
      ];
    });
    const more = found.documents - places.length;
    if (more > 0 && places.length > 0) places.push(`and ${groupDigits(more)} more`);
    if (places.length === 0 && found.detail !== null) places.push(codeCell(found.detail));
    if (found.class === 'foreign') places.push(...found.ids.map(codeCell), 'left alone');
    yield row([
      found.class,
      found.incident,
      groupDigits(found.records),
      groupDigits(found.documents),
      places.join(', '),
    ]);
  }
  if (!drifted(index) || index.pinned !== undefined) return;
  if (index.advice !== null) {
    yield '';
    yield index.advice;
    return;
  }
  const { cached, compute } = index.repair;
  yield '';
  yield `A repair takes ${groupDigits(cached)} vectors from the cache and embeds ${groupDigits(compute)}.`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
