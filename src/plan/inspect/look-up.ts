/** What the recorded state holds under a name, and its documents by glob. Reads only. */
import { IngestError } from '../../domain/errors.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { FoundState, StateEntry } from '../../domain/state-reports.js';
import type { CollectionRow, DocumentRow, IndexRow } from '../../domain/state-rows.js';
import { createScope } from '../scan/match-uris.js';

/** One line for each recorded index, in order. */
export function* listIndexes(state: StateReader): Generator<StateEntry> {
  for (const index of state.indexes()) {
    const collection = state.collection(index.collection_id);
    const run = index.last_run === null ? undefined : state.run(index.last_run);
    yield {
      manifest_id: index.manifest_id,
      collection: collection?.name ?? index.collection_id,
      collection_id: index.collection_id,
      target: collection?.target ?? '',
      ...state.counts(index.collection_id, index.manifest_id),
      last_run: index.last_run,
      outcome: run?.outcome ?? null,
      at: run?.finished_at ?? run?.started_at ?? null,
    };
  }
}

export interface ListedDocument extends DocumentRow {
  readonly manifest_id: string;
  readonly collection_id: string;
}

/** What searchers see of it: the collections that the indexes point at. `glob` undefined: all. */
export function* listDocuments(
  state: StateReader,
  glob: string | undefined,
  manifestId: string | undefined,
): Generator<ListedDocument> {
  const scope = createScope({ only: glob === undefined ? [] : [glob], force: [], allow_delete: [] });
  for (const { manifest_id, collection_id } of indexesNamed(state, manifestId)) {
    for (const row of state.documents(collection_id, manifest_id)) {
      if (scope.inScope(row.uri)) yield { manifest_id, collection_id, ...row };
    }
  }
}

/** @throws IngestError E506 */
export function indexesNamed(state: StateReader, manifestId: string | undefined): readonly IndexRow[] {
  const all = state.indexes();
  if (manifestId === undefined) return all;
  const found = all.filter((index) => index.manifest_id === manifestId);
  if (found.length === 0) throw notRecorded(manifestId, state);
  return found;
}

/** A manifest id, a uri, or a chunk id; live collections first, then what is beside them. @throws IngestError E506 */
export function lookUp(state: StateReader, name: string): FoundState {
  const index = state.index(name);
  if (index !== undefined) {
    const { manifest_id } = index;
    return {
      kind: 'index',
      index,
      collections: state
        .collections()
        .filter((row) => row.collection_id === index.collection_id || holds(state, row, manifest_id))
        .map((row) => ({ ...row, ...state.counts(row.collection_id, manifest_id) })),
      sources: state.sources(manifest_id),
    };
  }
  const collections = inOrder(state);
  const documents = collections.flatMap((row) => documentsAt(state, row, name));
  const rejects = state
    .indexes()
    .flatMap(({ manifest_id }) => ({ manifest_id, reject: state.reject(manifest_id, name) }))
    .flatMap(({ manifest_id, reject }) => (reject === undefined ? [] : [{ manifest_id, ...reject }]));
  if (documents.length + rejects.length > 0) return { kind: 'document', uri: name, documents, rejects };
  const chunks = collections.flatMap(({ collection_id, name: collection }) => {
    const chunk = state.chunk(collection_id, name);
    if (chunk === undefined) return [];
    const document = state.document(collection_id, chunk.manifest_id, chunk.uri) ?? null;
    return [{ collection, collection_id, ...chunk, document }];
  });
  if (chunks.length > 0) return { kind: 'chunk', chunk_id: name, chunks };
  throw notRecorded(name, state);
}

function documentsAt(state: StateReader, { collection_id, name, role }: CollectionRow, uri: string) {
  return manifestsIn(state, collection_id).flatMap((manifest_id) => {
    const row = state.document(collection_id, manifest_id, uri);
    const intents = state.intentsOf(collection_id, manifest_id, uri);
    if (row === undefined && intents.length === 0) return [];
    const chunks = state.chunks(collection_id, manifest_id, uri);
    return [{ manifest_id, collection: name, collection_id, role, row: row ?? null, chunks, intents }];
  });
}

/** The indexes that searchers see there, and those that are being built or were. */
function manifestsIn(state: StateReader, collectionId: string): readonly string[] {
  return state
    .indexes()
    .map((index) => index.manifest_id)
    .filter((id) => {
      const { documents } = state.counts(collectionId, id);
      const { open, confirmed, unknown, unsettled } = state.intentCounts(collectionId, id);
      return documents + open + confirmed + unknown + unsettled > 0;
    });
}

function holds(state: StateReader, row: CollectionRow, manifestId: string): boolean {
  return state.counts(row.collection_id, manifestId).documents > 0;
}

const ROLES = ['live', 'staging', 'previous'] as const;

function inOrder(state: StateReader): CollectionRow[] {
  return [...state.collections()].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

function notRecorded(name: string, state: StateReader): IngestError {
  const known = state.indexes().map((index) => index.manifest_id);
  return new IngestError('E506', `nothing is recorded of ${name}`, {
    kind: 'input',
    advice:
      known.length === 0
        ? 'Nothing is recorded in this environment at all: `ingest plan` says what an apply would do.'
        : `Recorded indexes: ${known.join(', ')}. Their documents: ingest state list '**' (or a glob over uris).`,
  });
}
