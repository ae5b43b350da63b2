/** The streaming merge of what is desired with what is recorded: one item per uri, in order. */
import type { Listing } from '../../diff/choose-listing.js';
import type { CursorWindow } from '../../domain/cursor.js';
import type { ListingEntry } from '../../domain/document.js';
import type { Source } from '../../domain/ports/source.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import type { Scratch } from '../scratch.js';
import { mergeByKey } from './merge-by-key.js';

export interface ScannedUri {
  readonly uri: string;
  /** Undefined: no source lists it. */
  readonly entry: ListingEntry | undefined;
  readonly row: DocumentRow | undefined;
  /** Of a replacement: what is already in the collection that is being built. */
  readonly staged: DocumentRow | undefined;
  /** Live or an unfinished run has something to say about it. */
  readonly flagged: boolean;
}

/** A source, and how much of it is listed. */
export interface Listed {
  readonly source: Pick<Source, 'list' | 'lists'>;
  readonly listing: Listing;
  /** Recorded uris of this source that live says something about; asked once its listing is there. */
  damaged(): readonly string[];
  /** Answers with the whole of it, and remembers that this is what was listed. */
  widen(): CursorWindow;
}

/** Collections undefined: nothing is recorded, or nothing is built beside. Sources are in `<id>/` order, so uris rise across them. */
export async function* scanIndex(
  sources: readonly Listed[],
  state: StateReader,
  collections: { readonly rows: string | undefined; readonly staged: string | undefined },
  manifestId: string,
  scratch: Scratch,
  signal: AbortSignal,
): AsyncGenerator<ScannedUri> {
  const rowsIn = (id: string | undefined) => (id === undefined ? [] : state.documents(id, manifestId));
  const rows = mergeByKey(
    rowsIn(collections.rows),
    (row) => row.uri,
    rowsIn(collections.staged),
    (row) => row.uri,
  );
  const known = mergeByKey(
    rows,
    (item) => item.key,
    scratch.findingUris(manifestId),
    (uri) => uri,
  );
  const merged = mergeByKey(
    listAll(sources, signal),
    (entry) => entry.uri,
    known,
    (item) => item.key,
  );
  for await (const { key, left, right } of merged) {
    signal.throwIfAborted();
    const both = right?.left;
    yield {
      uri: key,
      entry: left,
      row: both?.left,
      staged: both?.right,
      flagged: right?.right !== undefined,
    };
  }
}

/**
 * Of all sources, in their order. What live lost of a document is mended from its source: where an increment does not
 * hold such a one, the source is read from its beginning.
 */
export async function* listAll(
  sources: readonly Listed[],
  signal: AbortSignal,
): AsyncGenerator<ListingEntry> {
  for (const { source, listing, damaged, widen } of sources) {
    if (listing.kind === 'none') continue;
    const entries = source.list(signal, listing.window)[Symbol.asyncIterator]();
    const first = await entries.next();
    if (damaged().some((uri) => source.lists?.(uri) === false)) {
      await entries.return?.();
      yield* source.list(signal, widen());
      continue;
    }
    if (first.done !== true) yield first.value;
    yield* { [Symbol.asyncIterator]: () => entries };
  }
}
