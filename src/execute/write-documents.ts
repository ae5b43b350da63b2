/**
 * Writes documents in the order that keeps every promise: intents, puts, patches, deletes, rows. Batches
 * are shared between documents; every request is an intent before it is sent and confirmed after.
 */
import type { Chunk } from '../domain/document.js';
import { beginDocument, commitDocument } from './commit-document.js';
import { failDocument } from './fail-document.js';
import type { IndexRun } from './index-run.js';
import { liveMetadata, staleKeys } from './live-metadata.js';
import { patchDocuments } from './patch-documents.js';
import { isPoison } from './send-writes.js';
import type { DocumentWork } from './work.js';

/** Estimated bytes per request; the server's limit is 40 MiB of JSON. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A float32 written as JSON. */
const BYTES_PER_NUMBER = 20;

interface Put {
  readonly work: DocumentWork;
  readonly chunk: Chunk;
  readonly vector: Float32Array;
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
      const full = this.#batch.length >= this.#run.maxRecords;
      if (full || (this.#batch.length > 0 && this.#bytes + bytes > MAX_BYTES)) {
        await this.#putBatch();
      }
      if (work.failure !== undefined || this.#run.stopped()) break;
      this.#batch.push({ work, chunk, vector });
      this.#bytes += bytes;
    }
    if (work.put.length === 0) {
      this.#ready.push(work);
      const waiting = this.#ready.reduce((sum, item) => sum + item.patch.length + item.remove.length + 1, 0);
      if (waiting >= this.#run.maxRecords) await this.#finishReady();
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
    const stale = await staleKeys(
      run.collection,
      // Also what an orphan that nobody knew of may hold under the same id.
      batch
        .filter((put) => put.work.existing.has(put.chunk.id) || put.work.change.before !== null)
        .map((put) => put.chunk.id),
    );
    const records = batch.map(({ chunk, vector, work }) => ({
      id: chunk.id,
      text: chunk.text,
      vector,
      metadata: liveMetadata(run, work, chunk, stale),
    }));
    const intents = batch.map((put) => run.intent(put.chunk.id, 'put', put.work.change.uri));
    run.transaction((tx) => {
      for (const work of new Set(batch.map((put) => put.work))) beginDocument(tx, run, work);
      tx.openIntents(intents);
    });
    try {
      await run.send('put', intents, () => run.collection.put(records));
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
    run.lastBatch = ids.slice(-3);
    const { last_batch } = run.recorder.counters;
    run.recorder.count({ last_batch: { ...last_batch, [run.manifestId]: run.lastBatch } });
    run.transaction((tx) => {
      tx.markIntents(run.collection.id, 'put', ids, 'confirmed');
      tx.append(
        run.event('UPSERT_BATCH_COMMITTED', {
          batch_size: batch.length,
          chunks_upserted_total: run.recorder.counters.chunks_upserted_total,
          collection_count_snapshot: snapshot,
          sample_ids: run.lastBatch,
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
    const run = this.#run;
    const works = [...new Set(batch.map((put) => put.work))];
    if (works.length === 1) {
      const [work] = works;
      if (work !== undefined) await failDocument(run, work, error.message);
      return;
    }
    const half = new Set(works.slice(0, Math.ceil(works.length / 2)));
    await this.#sendPuts(batch.filter((put) => half.has(put.work)));
    await this.#sendPuts(batch.filter((put) => !half.has(put.work)));
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
        if (operations >= run.maxRecords) {
          i++;
          break;
        }
      }
      // After a signal nothing more is sent; what needs no sending any more is still recorded.
      if (run.stopped()) group = group.filter((work) => work.patch.length === 0);
      else await patchDocuments(run, group);
      group = group.filter((work) => work.failure === undefined);
      if (run.stopped()) group = group.filter((work) => obsoleteIds(work) === 0);
      else await this.#deleteOld(group);
      this.#commit(group);
    }
  }

  /** Only now, with every new record confirmed, old ones go (a document is never missing). */
  async #deleteOld(works: readonly DocumentWork[]): Promise<void> {
    const byUri = new Map<string, readonly string[]>();
    for (const work of works) {
      if (work.remove.length > 0) byUri.set(work.change.uri, work.remove);
      if (work.moved !== undefined && work.moved.ids.length > 0) byUri.set(work.moved.uri, work.moved.ids);
    }
    if (byUri.size > 0) await this.#run.deleteRecords(byUri);
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
        beginDocument(tx, run, work);
        commitDocument(tx, run, work);
      }
      run.saveRun(tx);
    }, false);
    run.progress();
  }
}

function obsoleteIds(work: DocumentWork): number {
  return work.remove.length + (work.moved?.ids.length ?? 0);
}
