/** `state rm`: rows are forgotten, Chroma is left as it is. */
import type { StateReader, StateTransaction } from '../domain/ports/state.js';
import type { ForgottenDocument } from '../domain/state-reports.js';
import { indexesNamed, listDocuments } from '../plan/inspect/look-up.js';

/** `glob` undefined: the whole index, which must be named. */
export interface Forgetting {
  readonly glob: string | undefined;
  readonly manifestId: string | undefined;
}

export interface ToForget {
  readonly documents: number;
  readonly chunks: number;
  /** Of them, in the middle of a change. */
  readonly unfinished: number;
  readonly where: readonly ForgottenDocument[];
}

const SHOWN = 20;

/** @throws IngestError E506 when no such index is recorded */
export function findToForget(state: StateReader, { glob, manifestId }: Forgetting): ToForget {
  const where: ForgottenDocument[] = [];
  let documents = 0;
  let chunks = 0;
  let unfinished = 0;
  for (const row of listDocuments(state, glob, manifestId)) {
    const { manifest_id, uri, n_chunks } = row;
    documents++;
    chunks += n_chunks;
    if (state.intentsOf(row.collection_id, manifest_id, uri).some(({ status }) => status !== 'unsettled'))
      unfinished++;
    if (where.length < SHOWN) where.push({ manifest_id, uri, chunks: n_chunks });
  }
  return { documents, chunks, unfinished, where };
}

/** Also what a replacement has built of the same documents, and what is kept of them in an older collection. */
export function forget(tx: StateTransaction, state: StateReader, { glob, manifestId }: Forgetting): void {
  if (glob !== undefined) {
    // Pages by key, so that rows may go while they are walked.
    for (const { manifest_id, uri } of listDocuments(state, glob, manifestId)) {
      for (const { collection_id } of state.collections()) tx.forgetDocument(collection_id, manifest_id, uri);
    }
    return;
  }
  for (const index of indexesNamed(state, manifestId)) {
    tx.dropIndex(index.manifest_id);
    const shared = state.indexes().some((other) => other.collection_id === index.collection_id);
    if (!shared) tx.dropCollection(index.collection_id);
  }
}
