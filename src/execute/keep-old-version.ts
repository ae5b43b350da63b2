/**
 * The old version of a document whose newer one was begun, interrupted and then refused: what live still
 * holds of it is what is recorded, no more. Its text is gone with the edit, so nothing can be restored.
 */

import type { StateTransaction } from '../domain/ports/state.js';
import type { ChunkRow, DocumentRow } from '../domain/state-rows.js';
import { metadataHash } from '../plan/live-view/compare-records.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';

export interface KeptVersion {
  /** Undefined when it was never recorded. */
  readonly row: DocumentRow | undefined;
  /** Those of its chunks that live has, with the metadata that live has. */
  readonly chunks: readonly ChunkRow[];
  readonly intact: boolean;
}

export async function readKept(run: IndexRun, context: PlanContext, uri: string): Promise<KeptVersion> {
  const { state, writesTo } = context;
  const row = writesTo === undefined ? undefined : state.document(writesTo, run.manifestId, uri);
  if (row === undefined || writesTo === undefined) return { row: undefined, chunks: [], intact: true };
  const recorded = state.chunks(writesTo, run.manifestId, uri);
  const live = await run.collection.get(recorded.map((chunk) => chunk.chunk_id));
  const chunks = recorded.flatMap((chunk) => {
    const record = live.get(chunk.chunk_id);
    return record === undefined ? [] : [{ ...chunk, metadata_sha256: metadataHash(record.metadata) }];
  });
  const intact = chunks.every((chunk, i) => chunk.metadata_sha256 === recorded[i]?.metadata_sha256);
  return { row, chunks, intact: intact && chunks.length === recorded.length };
}

export function recordKept(tx: StateTransaction, run: IndexRun, uri: string, kept: KeptVersion): void {
  const { row, chunks, intact } = kept;
  if (row === undefined || intact) return;
  const id = run.collection.id;
  if (chunks.length === 0) tx.deleteDocument(id, run.manifestId, uri);
  // No recipe makes these chunks: whatever comes next is compared chunk by chunk.
  else tx.putDocument(id, run.manifestId, { ...row, chunk_recipe: '', n_chunks: chunks.length }, chunks);
}
