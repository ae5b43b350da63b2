/** Whose a collection is before it is taken over, and what was taken over. */
import type { AdoptReport } from '../../domain/state-reports.js';
import { safe } from '../escape.js';
import { labelled, labelledText } from '../flow-items.js';
import { shortRun, shortSum } from '../layout.js';
import { type RenderOptions, whatWasRead } from './render-rebuild.js';

/** What the answer of whoever approves depends on. */
export type FoundOwner = Pick<AdoptReport, 'from_lineage' | 'runs' | 'collections' | 'indexes'>;

export function* renderOwner(found: FoundOwner, { width }: { readonly width: number }): Generator<string> {
  const names = found.collections.map(({ name, role }) => safe(role === 'live' ? name : `${name} (${role})`));
  yield* labelled('Takes over', names, width);
  yield* labelledText('from', `the state with lineage ${safe(shortSum(found.from_lineage ?? ''))}`, width);
  yield* labelledText('Manifests', found.indexes.map((index) => safe(index.manifest_id)).join(', '), width);
  const last = found.runs.at(-1);
  yield* labelledText('Last run', last === undefined ? 'none' : safe(shortRun(last)), width);
  const warning =
    'that state can no longer plan or apply this collection (E403); stop what runs with it first';
  yield* labelledText('After it', warning, width);
}

export function* renderAdopt(report: AdoptReport, options: RenderOptions): Generator<string> {
  const { style, width, next } = options;
  if (report.outcome === 'declined') {
    yield 'Not adopted.';
    return;
  }
  if (report.outcome === 'nothing_to_adopt') {
    yield style.bold('Nothing to adopt: the collection is not there, or belongs to this state.');
    return;
  }
  yield* whatWasRead(report, options);
  const back = 'the other state takes it over again with `ingest state adopt` of its own';
  yield* labelledText('and there', back, width);
  yield style.bold(
    `Adopted from lineage ${safe(shortSum(report.from_lineage ?? ''))}. No record was written or deleted.`,
  );
  yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}
