/** What was put together from live, what of it is in part, and what live could not tell. */
import type { RebuildReport } from '../../domain/state-reports.js';
import { safe } from '../escape.js';
import { labelled, labelledText } from '../flow-items.js';
import { groupDigits, plural, shortenPath } from '../layout.js';
import type { Style } from '../style.js';

const REASONS: Readonly<Record<string, string>> = {
  'missing-records': 'records are missing',
  'text-changed': 'a text is not what its checksum says',
  mixed: 'records of two versions',
  'not-as-written': 'records that are not as they were written',
};
const SHOWN = 5;

export interface RenderOptions {
  readonly style: Style;
  readonly width: number;
  /** The command to run now. */
  readonly next: string;
  readonly file: string;
}

export function* renderRebuild(report: RebuildReport, options: RenderOptions): Generator<string> {
  const { style, next } = options;
  if (report.outcome === 'nothing_in_live') {
    yield style.bold(`Nothing to rebuild: none of the collections of ${safe(report.environment)} exists.`);
    yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
    return;
  }
  yield* whatWasRead(report, options);
  const partial = report.indexes.reduce((sum, index) => sum + index.partial, 0);
  yield style.bold(
    partial === 0
      ? 'Rebuilt: every record of ours was read, and is what its checksums say.'
      : 'Rebuilt. What is in part, the next apply finishes.',
  );
  yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}

/** Collections, indexes, what could not be told, and the way back. */
export function* whatWasRead(
  report: Omit<RebuildReport, 'outcome'>,
  { style, width, file }: Pick<RenderOptions, 'style' | 'width' | 'file'>,
): Generator<string> {
  for (const { name, role, generation, chunks, foreign } of report.collections) {
    const facts = [role, `generation ${generation}`, plural(chunks, 'record')];
    if (foreign > 0) facts.push(`${groupDigits(foreign)} foreign, left alone`);
    yield* labelled('Read', [safe(name), ...facts], width);
  }
  for (const index of report.indexes) {
    const facts = [plural(index.documents, 'document'), plural(index.chunks, 'chunk')];
    if (!index.declared) facts.push('not loaded here');
    if (index.partial > 0) facts.push(style.yellow(`${plural(index.partial, 'document')} in part`));
    yield* labelled('Index', [safe(index.manifest_id), ...facts], width);
    for (const { uri, reason } of index.where.slice(0, SHOWN)) {
      yield* labelledText('', `${shortenPath(safe(uri), 60)}: ${REASONS[reason] ?? safe(reason)}`, width);
    }
    const more = index.partial - Math.min(SHOWN, index.where.length);
    if (more > 0) yield* labelledText('', `and ${plural(more, 'more', 'more')}`, width);
  }
  for (const [i, line] of report.not_known.entries()) {
    yield* labelledText(i === 0 ? 'Not known' : '', safe(line), width);
  }
  if (report.backup !== null) {
    yield* labelled('Backup', [safe(report.backup)], width);
    yield* labelledText('Go back', `while no run is active, copy it over ${safe(file)}`, width);
  }
}
