/** What was taken of another tool's collection, and what it has of each document that the manifest declares. */
import type {
  AdoptedCollection,
  ComparedCollection,
  ComparedDocument,
  NextPlan,
} from '../../domain/adopted-documents.js';
import type { AdoptedVectors } from '../../domain/state-reports.js';
import { safe } from '../escape.js';
import { labelled, labelledText } from '../flow-items.js';
import { groupDigits, plural, shortenPath } from '../layout.js';
import { describeEmbed } from '../plan-facts.js';
import type { RenderOptions } from './render-rebuild.js';

type Options = Pick<RenderOptions, 'style' | 'width' | 'next'> & { readonly verbose: boolean };

/** Documents of each kind that are shown without --verbose. */
const SHOWN = 10;

export function* renderAdopted(
  taken: AdoptedVectors | AdoptedCollection,
  options: Options,
): Generator<string> {
  const { style, width, next } = options;
  const both = 'compared' in taken ? taken : { vectors: taken, compared: undefined };
  if (both.vectors !== null) yield* renderVectors(both.vectors, width);
  if (both.compared !== undefined) yield* renderCompared(both.compared, both.vectors !== null, options);
  yield style.bold('Nothing in Chroma or in the recorded state was changed.');
  const blocked = both.compared?.next_plan.outcome === 'refused';
  yield `${style.dim('Next'.padEnd(10))}${safe(next)}${blocked ? style.dim('  when that is settled') : ''}`;
}

function* renderVectors(found: AdoptedVectors, width: number): Generator<string> {
  const { collection, dimension, verified, records, without_text, taken, known } = found;
  yield* labelled('Read', [safe(collection), plural(records, 'record'), `${dimension} dimensions`], width);
  yield* labelled('Compared', [`${plural(verified, 'vector')} computed anew, all equal`], width);
  const rest = [
    ...(known > 0 ? [`${groupDigits(known)} were in the cache`] : []),
    ...(without_text > 0 ? [`${groupDigits(without_text)} without a text of their own`] : []),
  ];
  yield* labelled('Taken', [`${plural(taken, 'vector')} into the embedding cache`, ...rest], width);
}

function* renderCompared(found: ComparedCollection, taken: boolean, options: Options): Generator<string> {
  const { width } = options;
  const { both, theirs, ours, duplicates } = found;
  const strip = found.strip.map((prefix) => `without ${safe(prefix)}`);
  const key = `uris of ${safe(found.source_id)} from ${safe(found.uri_from)}`;
  yield* labelled(
    'Mapped',
    [safe(found.collection), plural(found.records, 'record'), [key, ...strip].join(' ')],
    width,
  );
  const share = `${groupDigits(both.same_text)} of ${plural(both.chunks, 'chunk')} with a text of theirs`;
  yield* labelled('On both', [plural(both.documents, 'document'), share], width);
  yield* rows(
    found.documents.filter(({ side, ...one }) => side === 'both' && one.same_text < Math.max(1, one.chunks)),
    (one) =>
      one.no_chunks === null
        ? `${groupDigits(one.same_text)} of ${plural(one.chunks, 'chunk')}`
        : `not indexed here: ${safe(one.no_chunks)}`,
    options,
  );
  const declared = 'that no source lists; they will not come along';
  yield* labelledText('Theirs', `${plural(theirs.documents, 'document')} ${declared}`, width);
  yield* rows(of(found, 'theirs'), (one) => plural(one.records, 'record'), options);
  yield* labelledText('Ours', `${plural(ours.documents, 'document')} that they do not have`, width);
  yield* rows(
    of(found, 'ours'),
    (one) => (one.no_chunks === null ? plural(one.chunks, 'chunk') : safe(one.no_chunks)),
    options,
  );
  yield* renderUnmapped(found, width);
  if (duplicates.records > 0) {
    const where = `in ${plural(duplicates.documents, 'document')}`;
    const what = `${plural(duplicates.records, 'record')} more with a text that their document has already`;
    yield* labelledText('Doubles', `${what}, ${where}`, width);
  }
  yield* renderNext(found.next_plan, taken, options);
}

function of({ documents }: ComparedCollection, side: ComparedDocument['side']): ComparedDocument[] {
  return documents.filter((document) => document.side === side);
}

function* rows(
  documents: readonly ComparedDocument[],
  describe: (document: ComparedDocument) => string,
  { width, verbose, style }: Options,
): Generator<string> {
  const shown = verbose ? documents : documents.slice(0, SHOWN);
  for (const document of shown) {
    yield `  ${shortenPath(safe(document.uri), width - 34)}  ${style.dim(describe(document))}`;
  }
  const more = documents.length - shown.length;
  if (more > 0) yield `  and ${plural(more, 'more', 'more')} (--verbose)`;
}

function* renderUnmapped(
  { without_key, unmapped, where, uri_from, source_id }: ComparedCollection,
  width: number,
): Generator<string> {
  if (without_key + unmapped === 0) return;
  const parts = [
    ...(without_key > 0 ? [`${plural(without_key, 'record')} without ${safe(uri_from)}`] : []),
    ...(unmapped > 0 ? [`${plural(unmapped, 'record')} with no path below ${safe(source_id)} in it`] : []),
  ];
  yield* labelled('No uri', parts, width);
  for (const { id, value } of where) {
    yield `  ${safe(id)}${value === null ? '' : `  ${shortenPath(safe(value), width - 44)}`}`;
  }
}

function* renderNext(plan: NextPlan, taken: boolean, { style, width }: Options): Generator<string> {
  if (plan.outcome !== 'refused') {
    const untaken = taken || plan.embed.compute === 0 ? [] : ['their vectors were not taken'];
    yield* labelled('Embed', [...describeEmbed(plan.embed), ...untaken], width);
    return;
  }
  yield* labelledText('Next plan', style.red(`${plan.code} ${safe(plan.message)}`), width);
  yield* labelledText('', safe(plan.advice), width);
}
