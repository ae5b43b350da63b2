/** The morning-after answers, from recorded state alone. It always says that live was not looked at. */

import type { StatusIndex, StatusReport } from '../domain/results.js';
import type { LeaseHolder } from '../domain/state-rows.js';
import { shown } from './describe-cursors.js';
import { safe } from './escape.js';
import { flowItems } from './flow-items.js';
import { groupDigits, isoTime, plural, shortenPath, shortRun, shortSum } from './layout.js';
import type { Style } from './style.js';

export interface RenderStatusOptions {
  readonly style: Style;
  readonly width: number;
}

export function* renderStatus(report: StatusReport, options: RenderStatusOptions): Generator<string> {
  const { style, width } = options;
  const environment = safe(report.environment);
  for (const index of report.indexes) {
    yield* indexLines(index, report, options);
    yield '';
  }
  if (report.lease !== null)
    yield* flowItems(style.yellow('RUNNING '), leaseText(report.lease).split(' '), ' ', width);
  if (report.indexes.length === 0) yield `Nothing is recorded in ${environment}.`;
  else {
    for (const index of report.indexes)
      yield* flowItems('', verdictText(index, report.lease, style).split(' '), ' ', width);
    yield `Live was not looked at: ingest drift --env ${environment}`;
  }
  if (report.indexes.length > 0 && report.not_applied.length > 0) {
    const names = report.not_applied.map((name) => safe(name));
    yield* flowItems('Not applied yet  ', names, ', ', width);
  }
  if (report.next !== '') yield `${style.dim('Next'.padEnd(13))}${safe(report.next)}`;
}

function* indexLines(
  index: StatusIndex,
  report: StatusReport,
  { style, width }: RenderStatusOptions,
): Generator<string> {
  const answer = (label: string, items: readonly string[]): Generator<string> =>
    flowItems(style.dim(label.padEnd(13)), items, '; ', width);
  yield* answer('1 manifest', [manifestText(index)]);
  const since = index.failed_since;
  yield* answer('2 run', [
    runText(index.last_run, report.lease),
    ...(since === undefined ? [] : [`then ${runText(since, report.lease)}; it wrote nothing of this index`]),
  ]);
  yield* answer('3 how far', progressItems(index));
  yield* answer('4 written', writtenItems(index));
  yield* answer('5 searchers', [searchersText(index, report)]);
  yield* answer('6 do', [safe(index.advice), ...otherWays(index)]);
  yield '';
  const { confirmed, unsettled } = index.intents;
  const facts = [
    `resume_active=${index.resume_active} (${safe(index.resume_reason)})`,
    `journal_version=${index.journal_version}`,
    `run_id=${index.last_run === null ? 'none' : safe(shortRun(index.last_run.run_id))}`,
    `done_docs=${index.done_docs}`,
    `committed_batches=${index.committed_batches}`,
    `chunks_upserted_total=${index.chunks_upserted_total}`,
    `open_intents=${index.open_intents}`,
    ...(confirmed > 0 ? [`confirmed_intents=${confirmed}`] : []),
    ...(unsettled > 0 ? [`unsettled_intents=${unsettled}`] : []),
    ...(index.fsync === null ? [] : [`fsync=${safe(index.fsync)}`]),
  ];
  yield* flowItems('', facts, ' ', width);
  if (index.samples.length > 0) {
    const samples = index.samples
      .slice(0, 3)
      .map((sample) => `${shortenPath(safe(sample.uri), 40)} ${shortSum(sample.content_sha256)}`);
    yield* flowItems('sample'.padEnd(13), samples, '   ', width);
  }
}

function manifestText(index: StatusIndex): string {
  const hash = index.manifest_sha256 === null ? '' : ` ${shortSum(index.manifest_sha256)}`;
  const change = !index.declared
    ? ', NOT DECLARED here: left alone'
    : index.manifest_unchanged === null
      ? ''
      : index.manifest_unchanged
        ? ', file unchanged since'
        : ', file CHANGED since';
  const batch = index.batch_id === null ? '' : `   batch ${shortSum(index.batch_id)}`;
  return `${safe(index.manifest_id)}${hash}${change} -> ${safe(index.target)}${batch}`;
}

function runText(run: StatusIndex['last_run'], lease: LeaseHolder | null): string {
  if (run === null) return 'none yet';
  const end =
    run.outcome === null
      ? run.run_id === lease?.run_id
        ? 'is running'
        : 'did not finish'
      : run.reason === null || run.reason === run.outcome
        ? run.outcome
        : `${run.outcome}: ${run.reason}`;
  return `${safe(shortRun(run.run_id))}, ${safe(end)}, ${safe(isoTime(run.finished_at ?? run.started_at))}${run.user === '' ? '' : `, ${safe(run.user)}@${safe(run.host)}`}`;
}

function progressItems(index: StatusIndex): string[] {
  const { documents_done, documents_total, checkpoint } = index;
  const far =
    documents_done === null || documents_total === null || documents_total === 0
      ? `${plural(index.documents, 'document')} recorded`
      : `${groupDigits(documents_done)} of ${plural(documents_total, 'document')}`;
  return [
    far,
    checkpoint === null ? 'no checkpoint' : `checkpoint ${shortenPath(safe(checkpoint), 48)}`,
    ...(index.cursors.length === 0 ? ['no cursor'] : index.cursors.map(cursorText)),
  ];
}

function cursorText({ source_id, field, cursor, watermark }: StatusIndex['cursors'][number]): string {
  if (cursor === null) return `${safe(source_id)}: no cursor yet`;
  const acknowledged = watermark === null || watermark === cursor ? '' : `, watermark ${shown(watermark)}`;
  return `${safe(source_id)}: cursor ${safe(field)} ${shown(cursor)}${acknowledged}`;
}

/** The ways beside a re-run: how, or why not. */
function otherWays(index: StatusIndex): string[] {
  return index.ways
    .filter(({ way }) => way !== 're-run')
    .map(({ way, possible, reason }) => `${possible ? '' : 'no '}${way}: ${safe(reason)}`);
}

function writtenItems(index: StatusIndex): string[] {
  const items = [`${plural(index.chunks, 'chunk')} of ${plural(index.documents, 'document')}`];
  if (index.replacement !== null) {
    const { phase, collection, chunks, documents } = index.replacement;
    const built = phase === 'building' ? 'being built' : 'built, half swapped in';
    items.push(
      `new collection ${safe(collection)} ${built}: ${plural(chunks, 'chunk')} of ${plural(documents, 'document')}`,
    );
  }
  if (index.intents.confirmed > 0) {
    items.push(
      `${plural(index.intents.confirmed, 'more record')} confirmed of ${plural(index.in_part, 'document')} in part`,
    );
  }
  const left = (index.documents_total ?? 0) - (index.documents_done ?? 0);
  if (left > 0) items.push(`NOT written: ${plural(left, 'document')}`);
  if (index.rejects > 0) {
    const waits = index.quarantined > 0 ? ` (${groupDigits(index.quarantined)} quarantined)` : '';
    items.push(`${plural(index.rejects, 'reject')}${waits}: ingest rejects`);
  }
  return items;
}

function searchersText(index: StatusIndex, report: StatusReport): string {
  const documents = plural(index.documents, 'document');
  switch (index.searchers) {
    case 'none':
      return 'see nothing of it yet';
    case 'new':
      if (index.pinned !== undefined) {
        return `see generation ${index.pinned.generation}, which a rollback brought back and pinned: ${documents}`;
      }
      return `see what was declared at serial ${groupDigits(report.serial)}: ${documents}`;
    case 'old':
      return index.replacement?.phase === 'swapping'
        ? `old or new, whole, or for a moment nothing under the name ${safe(index.collection)}: ${documents}`
        : `see the old collection, whole, until the swap: ${documents}`;
    case 'mixed': {
      const part = index.in_part > 0 ? `, ${groupDigits(index.in_part)} in part` : '';
      const { documents_done: done, documents_total: total } = index;
      const seen =
        done === null || total === null ? documents : `${groupDigits(done)} of ${plural(total, 'document')}`;
      return `mixed: ${seen} done${part}, the rest old or absent`;
    }
  }
}

function verdictText(index: StatusIndex, lease: LeaseHolder | null, style: Style): string {
  const name = safe(index.manifest_id);
  if (lease !== null && lease.run_id === index.last_run?.run_id) return `In progress: ${name}.`;
  if (index.resume_active) {
    const since =
      index.last_run === null
        ? ''
        : ` since ${safe(isoTime(index.last_run.finished_at ?? index.last_run.started_at))}`;
    return `${style.red('INCOMPLETE')}${since}: ${name}.`;
  }
  if (index.failed_since !== undefined) {
    const { run_id, finished_at, started_at } = index.failed_since;
    return `${style.red('FAILED')}: run ${safe(shortRun(run_id))} at ${safe(isoTime(finished_at ?? started_at))}; ${name} is as the run before left it.`;
  }
  if (index.last_run === null) return `Not applied yet: ${name}.`;
  if (index.last_run.outcome === 'partial') {
    return `${style.yellow('PARTIAL')}: ${name}, ${safe(index.last_run.reason ?? '')} at ${safe(isoTime(index.last_run.finished_at ?? index.last_run.started_at))}. The rest is done.`;
  }
  return `Complete: ${name}, as of ${safe(isoTime(index.last_run.finished_at ?? index.last_run.started_at))}.`;
}

function leaseText(lease: LeaseHolder): string {
  return `run ${safe(shortRun(lease.run_id))} (${safe(lease.command)}) by ${safe(lease.user)}@${safe(lease.host)}, pid ${lease.pid}, since ${safe(isoTime(lease.since))}`;
}
