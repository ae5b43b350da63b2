/** What `state rm` would forget or forgot, what the next plan makes of it, and how to go back. */
import type { ForgetReport } from '../../domain/state-reports.js';
import { safe } from '../escape.js';
import { labelled, labelledText } from '../flow-items.js';
import { plural, shortenPath } from '../layout.js';
import type { Style } from '../style.js';

type Found = Pick<ForgetReport, 'documents' | 'chunks' | 'unfinished' | 'where'>;

interface RenderOptions {
  readonly style: Style;
  readonly width: number;
  readonly whole: boolean;
}

export function* renderToForget(found: Found, { style, width, whole }: RenderOptions): Generator<string> {
  const { documents, chunks, unfinished, where } = found;
  for (const row of where)
    yield `  ${shortenPath(safe(row.uri), width - 24)}  ${plural(row.chunks, 'chunk')}`;
  if (documents > where.length) yield `  and ${plural(documents - where.length, 'more', 'more')}`;
  const facts = [whole ? 'the index itself' : '', plural(documents, 'document'), plural(chunks, 'chunk')];
  yield* labelled(
    'Forget',
    facts.filter((fact) => fact !== ''),
    width,
  );
  if (unfinished > 0) {
    yield* labelledText(
      'Careful',
      style.yellow(
        `${plural(unfinished, 'document')} in the middle of a change: what that run meant to do is forgotten as well`,
      ),
      width,
    );
  }
  yield* labelledText('In Chroma', 'nothing changes: their records stay, and are found', width);
  for (const line of whole ? WHOLE : SOME) yield* labelledText('Next plan', line, width);
}

const ORPHANS =
  'of a file that is gone: the records stay; the plan only counts them as more than recorded. With --verify ids they are orphans of ours, and an apply deletes them, unless they are more than the policy lets go';
const SOME: readonly string[] = [
  'of a file that is still there: + create. Its records are written again under the same ids, with vectors from the cache',
  ORPHANS,
];
const WHOLE: readonly string[] = [
  'while its manifest is loaded: + create of every document, written again in place under the same ids, with vectors from the cache; versions of parsers and chunkers are pinned anew; protection is the one that Chroma remembers',
  ORPHANS,
  'once its manifest is not loaded any more: its records are foreign, and left alone',
];

export function* renderForgotten(
  report: ForgetReport,
  {
    style,
    width,
    next,
    file,
  }: Omit<RenderOptions, 'whole'> & { readonly next: string; readonly file: string },
): Generator<string> {
  if (report.outcome === 'nothing_to_forget') {
    yield style.bold('Nothing to forget: no recorded document matches.');
    return;
  }
  if (report.outcome === 'declined') {
    yield style.bold('Not forgotten; nothing was changed.');
    return;
  }
  if (report.backup !== null) {
    yield* labelled('Backup', [safe(report.backup)], width);
    yield* labelledText('Go back', `while no run is active, copy it over ${safe(file)}`, width);
  }
  yield style.bold(`Forgotten: ${plural(report.documents, 'document')}, ${plural(report.chunks, 'chunk')}.`);
  yield `${style.dim('Next'.padEnd(10))}${safe(next)}`;
}
