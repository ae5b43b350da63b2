/** What the state says of a document when its writing begins, and when all of it is confirmed. */

import type { StateTransaction } from '../domain/ports/state.js';
import type { ChunkRow } from '../domain/state-rows.js';
import { metadataJson } from '../plan/scan/prepare-document.js';
import type { IndexRun } from './index-run.js';
import { recordLanded } from './land-inputs.js';
import type { DocumentWork } from './work.js';

/** Once per document and version in a run, in the transaction of its first intents; a resumed one says so. */
export function beginDocument(tx: StateTransaction, run: IndexRun, work: DocumentWork): void {
  if (work.begun) return;
  work.begun = true;
  const { change, document } = work;
  tx.append(
    run.event('DOC_BEGIN', {
      uri: change.uri,
      action: change.action,
      content_sha256: document.content_sha256,
      n_chunks: document.chunks.length,
      resume: change.resume,
    }),
  );
  run.began(work);
}

/** Only when every operation on its records was confirmed. */
export function commitDocument(tx: StateTransaction, run: IndexRun, work: DocumentWork): void {
  const { document, change, moved } = work;
  const rows = document.chunks.map(
    (chunk): ChunkRow => ({
      chunk_id: chunk.id,
      uri: document.uri,
      ordinal: chunk.ordinal,
      text_sha256: chunk.text_sha256,
      metadata_sha256: chunk.metadata_sha256,
    }),
  );
  const id = run.collection.id;
  tx.putDocument(
    id,
    run.manifestId,
    {
      uri: document.uri,
      source_id: document.source_id,
      content_sha256: document.content_sha256,
      metadata_sha256: document.metadata_sha256,
      metadata: metadataJson(document),
      gate_recipe: document.gate_recipe,
      chunk_recipe: document.chunk_recipe,
      n_chunks: rows.length,
      run_id: run.runId,
      version: document.version,
    },
    rows,
  );
  recordLanded(tx, run, work.landed);
  tx.clearIntents(id, run.manifestId, document.uri, run.now());
  // A carried version is the old one: the newer one is still refused.
  if (work.carried === undefined) tx.deleteReject(run.manifestId, document.uri);
  if (moved !== undefined) {
    tx.deleteDocument(id, run.manifestId, moved.uri);
    tx.clearIntents(id, run.manifestId, moved.uri, run.now());
    tx.append(run.event('DOC_MOVED', { uri: document.uri, moved_from: moved.uri }));
  }
  if (change.action === 'repair') {
    tx.append(
      run.event('REPAIR_DONE', {
        uri: document.uri,
        restored: work.put.length,
        removed: work.remove.length,
      }),
    );
  }
  tx.append(
    run.event('DOC_COMMITTED', {
      uri: document.uri,
      old_content_sha256: change.before?.content_sha256 ?? null,
      content_sha256: document.content_sha256,
      n_chunks: rows.length,
      chunks_upserted_total: run.recorder.counters.chunks_upserted_total,
    }),
  );
}
