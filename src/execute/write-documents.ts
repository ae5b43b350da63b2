/**
 * Writes documents in the order that keeps every promise: intents, puts, patches, deletes, rows. Batches
 * are shared between documents; every request is an intent before it is sent and confirmed after.
 */
import type { Chunk, MetadataValue } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import { WriteRejected } from '../domain/ports/live.js';
import type { ChunkRow, IntentOperation, StateTransaction } from '../domain/ports/state.js';
import type { ANCHOR_KEYS, Anchors } from '../domain/record.js';
import { metadataHash } from '../plan/compare-records.js';
import { metadataJson } from '../plan/prepare-document.js';
import type { IndexRun } from './index-run.js';
import { sendWrite } from './send-writes.js';
import type { DocumentWork } from './work.js';

/** Records per request. About 1,000 is the fastest that was measured; more gains nothing. */
const MAX_RECORDS = 1000;
/** Estimated bytes per request; the server's limit is 40 MiB of JSON. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A float32 written as JSON. */
const BYTES_PER_NUMBER = 20;

interface Put {
  readonly work: DocumentWork;
  readonly chunk: Chunk;
  readonly vector: Float32Array;
}

interface Patch {
  readonly work: DocumentWork;
  readonly chunk: Chunk;
}

export class DocumentWriter {
  readonly #run: IndexRun;
  #batch: Put[] = [];
  #bytes = 0;
  /** Documents whose puts are all confirmed; what is left is patching, deleting and committing. */
  #ready: DocumentWork[] = [];

  constructor(run: IndexRun) {
    this.#run = run;
  }

  /** Takes a document with its vectors; writes when a batch is full. */
  async add(work: DocumentWork, vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const chunk of work.put) {
      const vector = vectors.get(chunk.text_sha256);
      if (vector === undefined) throw new TypeError(`no vector for ${chunk.id}`);
      const bytes = vector.length * BYTES_PER_NUMBER + chunk.text.length * 3 + 1000;
      if (this.#batch.length >= MAX_RECORDS || (this.#batch.length > 0 && this.#bytes + bytes > MAX_BYTES)) {
        await this.#putBatch();
      }
      if (work.failure !== undefined || this.#run.stopped()) break;
      this.#batch.push({ work, chunk, vector });
      this.#bytes += bytes;
    }
    if (work.put.length === 0) {
      this.#ready.push(work);
      const waiting = this.#ready.reduce((sum, item) => sum + item.patch.length + item.remove.length + 1, 0);
      if (waiting >= MAX_RECORDS) await this.#finishReady();
    }
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    if (this.#batch.length > 0) await this.#putBatch();
    if (this.#ready.length > 0) await this.#finishReady();
  }

  async #putBatch(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    await this.#sendPuts(batch);
    await this.#finishReady();
  }

  async #sendPuts(all: readonly Put[]): Promise<void> {
    const run = this.#run;
    const batch = all.filter((put) => put.work.failure === undefined);
    if (batch.length === 0 || run.stopped()) return;
    const ids = batch.map((put) => put.chunk.id);
    const stale = await this.#staleKeys(
      batch.filter((put) => put.work.existing.has(put.chunk.id)).map((p) => p.chunk.id),
    );
    run.transaction((tx) => {
      for (const work of new Set(batch.map((put) => put.work))) this.#begin(tx, work);
      tx.openIntents(batch.map((put) => run.intent(put.chunk.id, 'put', put.work.change.uri)));
    });
    const records = batch.map(({ chunk, vector, work }) => ({
      id: chunk.id,
      text: chunk.text,
      vector,
      metadata: { ...(stale.get(chunk.id) ?? {}), ...chunk.metadata, ...this.#anchors(work) },
    }));
    try {
      await this.#send('put', ids, () => run.collection.put(records));
    } catch (error) {
      if (!isPoison(error)) throw error;
      await this.#splitPoisoned(batch, error);
      return;
    }
    for (const { work, chunk } of batch) work.written.push(chunk.id);
    const done = [...new Set(batch.map((put) => put.work))].filter(
      (work) => work.written.length === work.put.length,
    );
    this.#ready.push(...done);
    run.recorder.add({
      chunks_upserted: batch.length,
      chunks_upserted_total: batch.length,
      committed_batches: 1,
    });
    const snapshot = await run.countSnapshot();
    run.transaction((tx) => {
      tx.markIntents(run.collection.id, 'put', ids, 'confirmed');
      tx.append(
        run.event('UPSERT_BATCH_COMMITTED', {
          batch_size: batch.length,
          chunks_upserted_total: run.recorder.counters.chunks_upserted_total,
          collection_count_snapshot: snapshot,
          sample_ids: ids.slice(-3),
        }),
      );
      for (const work of done)
        tx.append(run.event('UPSERT_NEW_DONE', { uri: work.change.uri, n_chunks: work.put.length }));
      run.saveRun(tx);
    });
    run.progress();
  }

  /** A refused batch is halved by document, then by record, until the poisoned document stands alone. */
  async #splitPoisoned(batch: readonly Put[], error: Error): Promise<void> {
    const works = [...new Set(batch.map((put) => put.work))];
    if (works.length === 1) {
      const [work] = works;
      if (work !== undefined) await this.#fail(work, error.message);
      return;
    }
    const half = new Set(works.slice(0, Math.ceil(works.length / 2)));
    await this.#sendPuts(batch.filter((put) => half.has(put.work)));
    await this.#sendPuts(batch.filter((put) => !half.has(put.work)));
  }

  /** The document keeps its last good version: new ids that were put are deleted again, under intents. */
  async #fail(work: DocumentWork, message: string): Promise<void> {
    const run = this.#run;
    work.failure = message;
    const added = work.written.filter((id) => !work.existing.has(id));
    if (added.length > 0) await this.#delete(new Map([[work.change.uri, added]]));
    run.transaction((tx) => {
      tx.append(run.event('DOC_FAILED', { uri: work.change.uri, message }));
      if (!work.change.resume) tx.clearIntents(run.collection.id, run.manifestId, work.change.uri, run.now());
    });
    run.failed(work.change.uri, message);
  }

  async #finishReady(): Promise<void> {
    const run = this.#run;
    const works = this.#ready;
    this.#ready = [];
    for (let i = 0; i < works.length; ) {
      let group: DocumentWork[] = [];
      let operations = 0;
      for (let work = works[i]; work !== undefined; work = works[++i]) {
        group.push(work);
        operations += work.patch.length + obsoleteIds(work) + 1;
        if (operations >= MAX_RECORDS) {
          i++;
          break;
        }
      }
      // After a signal nothing more is sent; what needs no sending any more is still recorded.
      if (run.stopped()) group = group.filter((work) => work.patch.length === 0);
      else await this.#patch(group);
      group = group.filter((work) => work.failure === undefined);
      if (run.stopped()) group = group.filter((work) => obsoleteIds(work) === 0);
      else await this.#deleteOld(group);
      this.#commit(group);
    }
  }

  async #patch(works: readonly DocumentWork[]): Promise<void> {
    const run = this.#run;
    const patches = works.flatMap((work) => work.patch.map((chunk) => ({ work, chunk })));
    if (patches.length === 0) return;
    for (let i = 0; i < patches.length; i += MAX_RECORDS)
      await this.#patchPart(patches.slice(i, i + MAX_RECORDS));
    run.transaction((tx) => {
      for (const work of works) {
        const uri = work.change.uri;
        if (work.failure !== undefined) tx.append(run.event('DOC_FAILED', { uri, message: work.failure }));
        else if (work.patch.length > 0) {
          tx.append(run.event('METADATA_UPDATED', { uri, n_chunks: work.patch.length }));
        }
      }
    });
    for (const work of works) if (work.failure !== undefined) run.failed(work.change.uri, work.failure);
  }

  async #patchPart(part: readonly Patch[]): Promise<void> {
    const run = this.#run;
    const ids = part.map(({ chunk }) => chunk.id);
    const stale = await this.#staleKeys(ids);
    run.transaction((tx) => {
      for (const work of new Set(part.map((item) => item.work))) this.#begin(tx, work);
      tx.openIntents(part.map(({ chunk, work }) => run.intent(chunk.id, 'patch', work.change.uri)));
    });
    const records = part.map(({ chunk, work }) => ({
      id: chunk.id,
      metadata: { ...(stale.get(chunk.id) ?? {}), ...chunk.metadata, ...this.#anchors(work) },
    }));
    try {
      await this.#send('patch', ids, () => run.collection.patch(records));
    } catch (error) {
      if (!isPoison(error)) throw error;
      const works = [...new Set(part.map((item) => item.work))];
      const [only] = works;
      if (works.length === 1 && only !== undefined) only.failure = error.message;
      else for (const work of works) await this.#patchPart(part.filter((item) => item.work === work));
      return;
    }
    // Chroma accepts an update of an absent id in silence, so a patch is true only once it was read back.
    const after = await run.collection.get(ids);
    const confirmed: string[] = [];
    for (const { work, chunk } of part) {
      const record = after.get(chunk.id);
      if (record !== undefined && metadataHash(record.metadata) === chunk.metadata_sha256)
        confirmed.push(chunk.id);
      else work.failure ??= `record ${chunk.id} was lost or changed while it was patched; run again`;
    }
    run.recorder.add({ relabelled: confirmed.length });
    run.transaction((tx) => {
      tx.markIntents(run.collection.id, 'patch', confirmed, 'confirmed');
      run.saveRun(tx);
    });
  }

  /** Only now, with every new record confirmed, old ones go (a document is never missing). */
  async #deleteOld(works: readonly DocumentWork[]): Promise<void> {
    const byUri = new Map<string, readonly string[]>();
    for (const work of works) {
      if (work.remove.length > 0) byUri.set(work.change.uri, work.remove);
      if (work.moved !== undefined && work.moved.ids.length > 0) byUri.set(work.moved.uri, work.moved.ids);
    }
    if (byUri.size > 0) await this.#delete(byUri);
  }

  async #delete(byUri: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const run = this.#run;
    await run.deleteRecords(byUri, (uri, ids) => run.event('DELETE_OLD_DONE', { uri, n_chunks: ids.length }));
  }

  #commit(works: readonly DocumentWork[]): void {
    const run = this.#run;
    if (works.length === 0) return;
    for (const work of works) {
      run.recorder.add({ documents_done: 1 });
      run.recorder.count({ checkpoint: work.change.uri });
      run.applied(work.change);
    }
    run.transaction((tx) => {
      for (const work of works) {
        this.#begin(tx, work);
        this.#commitOne(tx, work);
      }
      run.saveRun(tx);
    }, false);
    run.progress();
  }

  #commitOne(tx: StateTransaction, work: DocumentWork): void {
    const run = this.#run;
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
      },
      rows,
    );
    tx.clearIntents(id, run.manifestId, document.uri, run.now());
    tx.deleteReject(run.manifestId, document.uri);
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

  #begin(tx: StateTransaction, work: DocumentWork): void {
    if (work.begun) return;
    work.begun = true;
    const { change, document } = work;
    tx.append(
      this.#run.event('DOC_BEGIN', {
        uri: change.uri,
        action: change.action,
        content_sha256: document.content_sha256,
        n_chunks: document.chunks.length,
      }),
    );
    this.#run.began(work);
  }

  async #send(operation: IntentOperation, ids: readonly string[], send: () => Promise<void>): Promise<void> {
    const run = this.#run;
    run.assertHeld();
    await sendWrite(
      send,
      () => run.transaction((tx) => tx.markIntents(run.collection.id, operation, ids, 'unknown')),
      run.clock,
      run.signal,
    );
  }

  /** Keys that live has and the new metadata may not: null, or an upsert would keep them for ever. */
  async #staleKeys(ids: readonly string[]): Promise<Map<string, Record<string, MetadataValue | null>>> {
    const stale = new Map<string, Record<string, MetadataValue | null>>();
    if (ids.length === 0) return stale;
    for (const record of (await this.#run.collection.get(ids)).values()) {
      stale.set(record.id, Object.fromEntries(Object.keys(record.metadata).map((key) => [key, null])));
    }
    return stale;
  }

  #anchors(work: DocumentWork): Readonly<Record<(typeof ANCHOR_KEYS)[number], string>> {
    const anchors: Anchors = this.#run.anchorsOf(work.change.source_id);
    return {
      ingest_run_id: anchors.run_id,
      ingest_batch_id: anchors.batch_id,
      ingest_trace_id: anchors.trace_id,
      ingest_source_fingerprint: anchors.source_fingerprint,
    };
  }
}

function obsoleteIds(work: DocumentWork): number {
  return work.remove.length + (work.moved?.ids.length ?? 0);
}

/** The request itself was refused: its content is at fault, not the connection. */
function isPoison(error: unknown): error is Error {
  return error instanceof WriteRejected || (error instanceof IngestError && error.code === 'E406');
}
