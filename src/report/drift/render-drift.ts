/** The drift report for cron: verdict first, clean is one line an index. */

import type { DriftClass, DriftIndex, DriftReport } from '../../domain/drift-report.js';
import type { RunRow } from '../../domain/state-rows.js';
import { describeLevel } from '../describe-live.js';
import { safe } from '../escape.js';
import { flowItems } from '../flow-items.js';
import { groupDigits, isoTime, padEnd, padStart, plural, shortenPath, shortRun } from '../layout.js';
import type { Style } from '../style.js';
import { consequences, describeSample, drifted, mostUrgentFirst, needsReader } from './drift-verdict.js';

export interface RenderDriftOptions {
  readonly style: Style;
  readonly width: number;
  /** The command that repairs. */
  readonly next: string;
}

export function* renderDrift(report: DriftReport, options: RenderDriftOptions): Generator<string> {
  if (report.indexes.length === 0) {
    yield `No drift: nothing is recorded in ${safe(report.environment)}.`;
    return;
  }
  // What needs a reader comes before what does not.
  let first = true;
  for (const index of mostUrgentFirst(report)) {
    if (needsReader(index) && !first) yield '';
    first = false;
    yield* indexLines(index, report, options);
  }
}

function* indexLines(index: DriftIndex, report: DriftReport, options: RenderDriftOptions): Generator<string> {
  const { style, width } = options;
  const name = `${safe(index.manifest_id)} @ ${safe(report.environment)}`;
  const checked = safe(isoTime(report.checked_at));
  if (index.status === 'unreachable') {
    const text = `${name}: ${safe(index.target)} cannot be reached: nothing is known of it.`;
    yield* flowItems(style.red('UNKNOWN '), text.split(' '), ' ', width);
    yield checked;
    return;
  }
  const level = `${index.verify}: live ${count(index.live_count)}, recorded ${groupDigits(index.recorded.chunks)}`;
  const canaries =
    index.canaries.asked === 0 ? [] : [`canaries ${index.canaries.passed} of ${index.canaries.asked}`];
  if (!drifted(index)) {
    const foreign = index.classes.filter((found) => found.class === 'foreign');
    const notes = foreign.map(({ records, detail }) => {
      const count = groupDigits(records);
      return detail === null
        ? `${count} foreign, left alone`
        : `${count} foreign or orphans (${safe(detail)})`;
    });
    const at =
      index.sample === null ? describeLevel(index.verify) : `no drift in a sample at ${index.verify}`;
    const text = `${capital(at)}: ${name}, live ${count(index.live_count)}, recorded ${groupDigits(index.recorded.chunks)}`;
    if (index.pinned !== undefined) {
      notes.push(`pinned by a rollback at generation ${index.pinned.generation}`);
    }
    yield [text, ...notes, ...canaries].join('; ');
    yield* sampleLines(index, width);
    return;
  }
  yield* flowItems(style.red('DRIFT '), `${name}: ${consequences(index)}`.split(' '), ' ', width);
  yield* flowItems('', [`${checked}  ${level}`, ...canaries], '; ', width);
  yield* sampleLines(index, width);
  yield '';
  yield* classTable(index, options);
  yield '';
  yield* flowItems('Last known good  ', [describeRun(index.last_good_run)], ' ', width);
  if (index.pinned !== undefined) {
    yield `Repair           none while it is pinned by a rollback at generation ${index.pinned.generation}`;
    return;
  }
  if (index.advice !== null) {
    yield* flowItems('Repair           ', index.advice.split(' '), ' ', width);
    return;
  }
  const { cached, compute } = index.repair;
  yield `Repair           ${safe(options.next)}   (${groupDigits(cached)} from cache, ${groupDigits(compute)} to embed)`;
}

/** A sample sees nothing of what live has too much. */
function* sampleLines(index: DriftIndex, width: number): Generator<string> {
  if (index.sample === null) return;
  const blind = 'of orphans and foreign records only the count tells';
  yield* flowItems('Sample  ', [...describeSample(index).split('; '), blind], '; ', width);
}

function* classTable(index: DriftIndex, { style, width }: RenderDriftOptions): Generator<string> {
  const digits = Math.max(7, ...index.classes.map((found) => groupDigits(found.records).length));
  const names = Math.max(8, ...index.classes.map((found) => found.class.length));
  const lead = (name: string, incident: string, records: string): string =>
    `${padEnd(name, names)}  ${padEnd(incident, 9)}  ${padStart(records, digits)}  `;
  yield style.dim(`${lead('class', 'incident', 'records')}where`);
  for (const found of index.classes) {
    yield* flowItems(
      lead(found.class, found.incident, groupDigits(found.records)),
      places(found, width),
      ', ',
      width,
    );
  }
}

const MAX_PLACES = 5;

function places(found: DriftClass, width: number): string[] {
  const shown = found.where.slice(0, MAX_PLACES).map((place) => {
    if (place.uri === null) return plural(place.records, 'record');
    const uri = shortenPath(safe(place.uri), Math.max(24, Math.floor(width / 2)));
    const changed = place.parts === undefined ? '' : ` (${place.parts.join(', ')})`;
    return place.of === null
      ? uri
      : `${uri} ${groupDigits(place.records)} of ${groupDigits(place.of)}${changed}`;
  });
  const more = found.documents - shown.length;
  if (more > 0 && found.where.length > 0) shown.push(`and ${plural(more, 'more document')}`);
  if (shown.length === 0 && found.detail !== null) shown.push(safe(found.detail));
  if (found.class === 'foreign') {
    if (found.where.length === 0) shown.push(...found.ids.map((id) => `id ${shortenPath(safe(id), 40)}`));
    shown.push('left alone');
  }
  return shown;
}

function describeRun(run: RunRow | null): string {
  if (run === null) return 'none yet';
  return `run ${safe(shortRun(run.run_id))}, ${safe(isoTime(run.finished_at ?? run.started_at))}, ${safe(run.reason ?? run.outcome ?? 'unknown')}`;
}

function count(value: number | null): string {
  return value === null ? 'unknown' : groupDigits(value);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
