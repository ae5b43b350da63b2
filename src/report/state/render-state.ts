/** Recorded rows for people: the indexes, documents by glob, and all that is known of one name. */

import type { FoundState, StateEntry } from '../../domain/state-reports.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import { safe } from '../escape.js';
import { labelled } from '../flow-items.js';
import { isoTime, plural, shortRun, shortSum } from '../layout.js';

export function* renderIndexes(entries: Iterable<StateEntry>, width: number): Generator<string> {
  let any = false;
  for (const entry of entries) {
    any = true;
    const { last_run: run } = entry;
    const ended =
      run === null ? 'no run yet' : `run ${safe(shortRun(run))} ${safe(entry.outcome ?? 'did not finish')}`;
    yield* labelled(
      safe(entry.manifest_id),
      [
        `collection ${safe(entry.collection)}`,
        plural(entry.documents, 'document'),
        plural(entry.chunks, 'chunk'),
        ended + (entry.at === null ? '' : ` ${safe(isoTime(entry.at))}`),
      ],
      width,
    );
  }
  if (!any) yield 'Nothing is recorded.';
}

/** A line a document, for grep and awk: nothing is shortened. */
export function documentLine(row: DocumentRow): string {
  return `${safe(row.uri)}  ${shortSum(row.content_sha256)}  ${plural(row.n_chunks, 'chunk')}  run ${safe(shortRun(row.run_id))}`;
}

export function* renderFound(found: FoundState, width: number): Generator<string> {
  switch (found.kind) {
    case 'index':
      yield* renderIndex(found, width);
      return;
    case 'document':
      yield* renderDocument(found, width);
      return;
    case 'chunk':
      for (const {
        chunk_id,
        uri,
        ordinal,
        text_sha256,
        metadata_sha256,
        collection,
        document,
        manifest_id,
      } of found.chunks) {
        yield* labelled('Chunk', [safe(chunk_id), `${ordinal + 1} of ${document?.n_chunks ?? '?'}`], width);
        yield* labelled(
          'Document',
          [safe(uri), `index ${safe(manifest_id)}`, `collection ${safe(collection)}`],
          width,
        );
        yield* labelled('Checksums', [`text ${text_sha256}`, `metadata ${metadata_sha256}`], width);
      }
      return;
    default:
      found satisfies never;
  }
}

function* renderIndex(found: Extract<FoundState, { kind: 'index' }>, width: number): Generator<string> {
  const { index, collections, sources } = found;
  yield* labelled(
    'Index',
    [safe(index.manifest_id), `${safe(index.manifest_file)} ${shortSum(index.manifest_sha256)}`],
    width,
  );
  for (const row of collections) {
    const facts = [`${safe(row.name)} (${row.collection_id})`, row.role, `generation ${row.generation}`];
    yield* labelled(
      'Where',
      [...facts, plural(row.documents, 'document'), plural(row.chunks, 'chunk')],
      width,
    );
  }
  const pins = Object.entries(index.pins).map(([name, version]) => `${safe(name)} ${version}`);
  yield* labelled('Pinned', pins.length === 0 ? ['nothing'] : pins, width);
  yield* labelled(
    'Policy',
    [safe(index.policy), index.prevent_destroy ? 'protected' : 'not protected'],
    width,
  );
  const run = (id: string | null): string => (id === null ? 'none' : safe(id));
  yield* labelled('Runs', [`last ${run(index.last_run)}`, `last good ${run(index.last_good_run)}`], width);
  for (const row of sources) {
    const facts = [safe(row.source_id), safe(row.type), plural(row.documents, 'document')];
    yield* labelled('Source', [...facts, `fingerprint ${shortSum(row.fingerprint)}`], width);
  }
}

function* renderDocument(found: Extract<FoundState, { kind: 'document' }>, width: number): Generator<string> {
  for (const { row, chunks, intents, manifest_id, collection, role } of found.documents) {
    yield* labelled(
      'Document',
      [safe(found.uri), `index ${safe(manifest_id)}`, `collection ${safe(collection)} (${role})`],
      width,
    );
    if (row !== null) {
      yield* labelled(
        'Content',
        [row.content_sha256, plural(row.n_chunks, 'chunk'), `run ${safe(row.run_id)}`],
        width,
      );
      yield* labelled('Recipes', [`chunks ${row.chunk_recipe}`, `gate ${row.gate_recipe}`], width);
      yield* labelled('Metadata', [safe(row.metadata)], width);
    }
    for (const chunk of chunks) {
      yield* labelled(
        'Chunk',
        [`${chunk.ordinal + 1}`, safe(chunk.chunk_id), `text ${shortSum(chunk.text_sha256)}`],
        width,
      );
    }
    for (const intent of intents) {
      yield* labelled(
        'Intent',
        [`${intent.operation} ${safe(intent.record_id)}`, intent.status, `run ${safe(intent.run_id)}`],
        width,
      );
    }
  }
  for (const reject of found.rejects) {
    yield* labelled(
      'Refused',
      [
        `${reject.verdict === 'quarantine' ? 'quarantine: ' : ''}${reject.codes.map(safe).join(', ')}`,
        safe(reject.reason),
        `index ${safe(reject.manifest_id)}`,
        `run ${safe(reject.run_id)}`,
      ],
      width,
    );
  }
}
