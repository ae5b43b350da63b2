/** One document's triage, in the order in which one asks: manifest, run, checkpoint, coverage, incident; its history. */
import type { Diagnosis } from '../domain/diagnosis.js';
import { safe } from './escape.js';
import { flowItems } from './flow-items.js';
import { isoTime, plural, shortRun, shortSum } from './layout.js';
import { renderJournalEvent } from './render-journal.js';
import type { Style } from './style.js';

const MAX_CHUNKS = 20;
const MAX_EVENTS = 100;

export interface RenderDiagnosisOptions {
  readonly style: Style;
  readonly width: number;
}

export function* renderDiagnosis(found: Diagnosis, options: RenderDiagnosisOptions): Generator<string> {
  const { style, width } = options;
  const line = (label: string, items: readonly string[]): Generator<string> =>
    flowItems(style.dim(label.padEnd(13)), items, '; ', width);
  yield `${safe(found.uri)}   ${safe(found.manifest_id)} @ ${safe(found.environment)}`;
  if (found.chunk_id !== null) yield* line('record', [safe(found.chunk_id)]);
  yield* line('1 manifest', manifestItems(found));
  yield* line('2 run', [runText(found)]);
  yield* line('3 checkpoint', [
    found.checkpoint === null ? 'none' : safe(found.checkpoint),
    found.cursor === null ? 'no cursor' : `cursor ${safe(found.cursor)}`,
    `${plural(found.open_intents, 'open operation')}`,
  ]);
  yield* line('4 coverage', coverageItems(found));
  yield* chunkLines(found);
  const verdict = found.incident === 'none' ? found.incident : style.red(found.incident);
  yield* line('5 incident', [verdict, ...found.findings.map((finding) => safe(finding))]);
  yield '';
  if (found.history.length === 0) yield 'No event of it in the journal.';
  const skipped = found.history.length - MAX_EVENTS;
  if (skipped > 0) yield `${plural(skipped, 'earlier event')} not shown: --json has all`;
  for (const event of found.history.slice(-MAX_EVENTS)) yield renderJournalEvent(event, style);
  if (found.remedy !== null) {
    yield '';
    yield `${style.dim('Next'.padEnd(13))}${safe(found.remedy)}`;
  }
}

function manifestItems({ manifest, recorded }: Diagnosis): string[] {
  const { listed, gate, gate_detail: detail, content_sha256: content } = manifest;
  const source = `source ${safe(manifest.source_id)}`;
  if (!manifest.declared) return ['NOT DECLARED here', source];
  if (!manifest.source_declared) return ['declared', `${source} is NOT DECLARED any more`];
  const why = detail === null ? '' : ` (${safe(detail)})`;
  const is = {
    yes: 'listed',
    no: 'NOT LISTED any more',
    deleted: 'DELETED, as the source says itself',
    skipped: `skipped${why}`,
    unreadable: `cannot be read${why}`,
    unknown: 'unknown',
  }[listed];
  const items = ['declared', `${source}: ${is}`];
  if (gate !== null) items.push(`gate: ${gate}${why}`);
  if (content === null) return items;
  const same =
    recorded === null ? '' : recorded.content_sha256 === content ? ', as recorded' : ', CHANGED since';
  return [...items, `content ${shortSum(content)}${same}`];
}

function runText({ recorded, reject }: Diagnosis): string {
  if (recorded === null) {
    if (reject === null) return 'none wrote it';
    const word = reject.verdict === 'quarantine' ? 'quarantined' : 'refused';
    return `${word} by run ${safe(shortRun(reject.run_id))}: ${reject.codes.map(safe).join(', ')}: ${safe(reject.reason)}`;
  }
  const { run, content_sha256 } = recorded;
  if (run === null) return `a run that is not on record; content ${shortSum(content_sha256)}`;
  const end = run.outcome === null ? 'did not finish' : safe(run.outcome);
  return `${safe(shortRun(run.run_id))}, ${end}, ${safe(isoTime(run.finished_at ?? run.started_at))}; content ${shortSum(content_sha256)}`;
}

function coverageItems({ coverage, recorded }: Diagnosis): string[] {
  const { chunks, extra } = coverage;
  const total = plural(recorded?.n_chunks ?? 0, 'chunk');
  if (coverage.live === 'unknown')
    return [`${total} recorded`, `live UNKNOWN: ${safe(coverage.reason ?? '')}`];
  const of = (live: string): number => chunks.filter((chunk) => chunk.live === live).length;
  return [
    `${total} recorded`,
    `live: ${of('ok')} as written`,
    ...(of('missing') > 0 ? [`${of('missing')} MISSING`] : []),
    ...(of('tampered') > 0 ? [`${of('tampered')} TAMPERED with`] : []),
    ...(extra.length > 0 ? [`${extra.length} TOO MUCH`] : []),
  ];
}

/** What is wrong, and the record that was asked for. */
function* chunkLines({ coverage, chunk_id }: Diagnosis): Generator<string> {
  const shown = coverage.chunks.filter((chunk) => chunk.live !== 'ok' || chunk.chunk_id === chunk_id);
  for (const { chunk_id: id, ordinal, live, parts } of shown.slice(0, MAX_CHUNKS)) {
    const what = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
    yield `  ${safe(id)}  chunk ${ordinal}  ${live}${what}`;
  }
  for (const id of coverage.extra.slice(0, MAX_CHUNKS)) yield `  ${safe(id)}  not recorded`;
  const more = shown.length + coverage.extra.length - 2 * MAX_CHUNKS;
  if (more > 0) yield `  and more: --json has all`;
}
