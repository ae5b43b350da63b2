/** What every step of applying one index shares: where it writes, whose run it is, and what came of it. */
import type { EventType, NewEvent, ProgressEvent } from '../domain/events.js';
import type { Change } from '../domain/plan.js';
import type { Clock } from '../domain/ports/clock.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { StateTransaction, StateWriter } from '../domain/ports/state.js';
import type { Stopwatch } from '../domain/ports/stopwatch.js';
import type { Anchors } from '../domain/record.js';
import type { IntentOperation, NewIntent } from '../domain/state-rows.js';
import type { CachedVectors } from '../plan/live-view/compare-vectors.js';
import { type InputAnchors, recordedAnchors } from './run-anchors.js';
import type { RunRecorder } from './run-recorder.js';
import { sendWrite } from './send-writes.js';
import type { DocumentWork } from './work.js';

/** The writer, which may have slept: the fence is tested before anything is sent after a long pause. */
export interface HeldWriter extends StateWriter {
  assertHeld(): void;
}

export interface IndexRunOptions {
  readonly manifestId: string;
  readonly traceId: string;
  readonly input: InputAnchors;
  readonly collection: LiveCollection;
  readonly writer: HeldWriter;
  readonly recorder: RunRecorder;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly requestTimeoutMs: number;
  /** Records that the server takes in one request. */
  readonly maxBatch: number;
  readonly onProgress: (event: ProgressEvent) => void;
  readonly stopwatch: Stopwatch;
  /** What was embedded with this run's model, as far as it is still known. */
  readonly cached: CachedVectors;
  readonly embedStats: () => { readonly computed: number; readonly retries: number };
}

/** Records per request, where the server takes as many. About 1,000 is the fastest that was measured. */
const MAX_RECORDS = 1000;
/** A count costs a fifth of a batch on a large collection, so only every tenth batch asks. */
const SNAPSHOT_EVERY = 10;
/** What is embedded, on its way to the terminal. */
const TELL_EVERY_MS = 250;

export interface AppliedCounts {
  create: number;
  move: number;
  update: number;
  delete: number;
  repair: number;
  replace: number;
}

export class IndexRun {
  readonly manifestId: string;
  readonly collection: LiveCollection;
  readonly recorder: RunRecorder;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Records per request: each is confirmed by itself, so none may be more than one request of the adapter. */
  readonly maxRecords: number;
  readonly done: AppliedCounts = { create: 0, move: 0, update: 0, delete: 0, repair: 0, replace: 0 };
  readonly failures: { uri: string; message: string }[] = [];
  /** Documents begun in this run and not committed. */
  readonly open = new Map<string, DocumentWork>();
  /** Some ids of the batch that was put last: the part of the search index most likely to be hurt. */
  lastBatch: readonly string[] = [];
  /** An answer was lost: Chroma may have been killed in the middle of what it was doing. */
  doubted = false;
  readonly #options: IndexRunOptions;
  #batches = 0;
  #told = 0;

  constructor(options: IndexRunOptions) {
    this.#options = options;
    this.manifestId = options.manifestId;
    this.collection = options.collection;
    this.recorder = options.recorder;
    this.clock = options.clock;
    this.signal = options.signal;
    this.maxRecords = Math.min(MAX_RECORDS, options.maxBatch);
  }

  /** The same run at work for another index of the same collection. */
  of(manifestId: string): IndexRun {
    const input = recordedAnchors(this.#options.writer, manifestId);
    return new IndexRun({ ...this.#options, manifestId, input });
  }

  cached(textShas: readonly string[]): ReadonlyMap<string, Float32Array> {
    return this.#options.cached(textShas);
  }

  get runId(): string {
    return this.recorder.facts.run_id;
  }

  /** '' when nothing was read, and nothing recorded says what was. */
  get batchId(): string {
    return this.#options.input.batchId;
  }

  now(): number {
    return this.clock.now();
  }

  /** After a signal nothing new is sent; the request in flight was finished. */
  stopped(): boolean {
    return this.signal.aborted;
  }

  assertHeld(): void {
    this.#options.writer.assertHeld();
  }

  transaction(fn: (tx: StateTransaction) => void, durable = true): void {
    const { writer, stopwatch } = this.#options;
    stopwatch.time('commit', () => writer.transaction(fn, { durable }));
  }

  saveRun(tx: StateTransaction): void {
    this.recorder.count({ embedded: this.#options.embedStats().computed });
    this.recorder.save(tx);
  }

  event(type: EventType, data: Readonly<Record<string, unknown>>): NewEvent {
    return { type, run_id: this.runId, manifest_id: this.manifestId, data };
  }

  intent(recordId: string, operation: IntentOperation, uri: string): NewIntent {
    return {
      collection_id: this.collection.id,
      record_id: recordId,
      operation,
      manifest_id: this.manifestId,
      uri,
      run_id: this.runId,
      settles_at: this.now() + this.#options.requestTimeoutMs,
    };
  }

  anchorsOf(sourceId: string): Anchors {
    const { traceId, input } = this.#options;
    return {
      run_id: this.runId,
      batch_id: input.batchId,
      trace_id: traceId,
      source_fingerprint: input.fingerprints.get(sourceId) ?? '',
    };
  }

  began(work: DocumentWork): void {
    this.open.set(work.change.uri, work);
  }

  applied(change: Change): void {
    this.open.delete(change.uri);
    if (change.action in this.done) this.done[change.action as keyof AppliedCounts]++;
  }

  failed(uri: string, message: string): void {
    this.open.delete(uri);
    this.failures.push({ uri, message });
  }

  async countSnapshot(): Promise<number | null> {
    return this.#batches++ % SNAPSHOT_EVERY === 0 ? this.collection.count() : null;
  }

  /** Opens the intents' deadline anew while an answer is in doubt, and asks for the fence before every try. */
  async send(
    operation: IntentOperation,
    intents: readonly NewIntent[],
    request: () => Promise<void>,
  ): Promise<void> {
    const ids = intents.map((intent) => intent.record_id);
    const doubt = (): void => {
      this.doubted = true;
      // It was on its way until now, so it may land until a time-out from now.
      const settles_at = this.now() + this.#options.requestTimeoutMs;
      this.transaction((tx) => {
        tx.openIntents(intents.map((intent) => ({ ...intent, settles_at })));
        tx.markIntents(this.collection.id, operation, ids, 'unknown');
      });
    };
    await this.sendFenced(request, doubt);
  }

  /**
   * Every request that changes Chroma goes through here: the lease is looked at before every try, for between two
   * a laptop may sleep and another run take over. Without `doubt` when done twice is done once and nothing has to
   * be remembered; `signal` stops the tries, never a request in flight.
   */
  async sendFenced(
    request: () => Promise<void>,
    doubt: () => void = () => {},
    signal: AbortSignal = this.signal,
  ): Promise<void> {
    const fenced = (): Promise<void> => {
      this.assertHeld();
      return request();
    };
    const answers = (): Promise<boolean> => this.collection.answers();
    const { stopwatch } = this.#options;
    await stopwatch.time('upsert', () => sendWrite(fenced, doubt, answers, this.clock, signal));
  }

  /** Deletes records under intents. */
  async deleteRecords(byUri: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const all = [...byUri].flatMap(([uri, ids]) => ids.map((id) => ({ uri, id })));
    for (let i = 0; i < all.length; i += this.maxRecords) {
      const part = all.slice(i, i + this.maxRecords);
      const ids = part.map((item) => item.id);
      const intents = part.map(({ uri, id }) => this.intent(id, 'delete', uri));
      // One document may be many requests: a signal ends it at the one in flight, its intents tell the rest.
      if (i > 0) this.signal.throwIfAborted();
      this.transaction((tx) => tx.openIntents(intents));
      await this.send('delete', intents, () => this.collection.delete(ids));
      this.recorder.add({ deleted: ids.length });
      this.transaction((tx) => {
        tx.markIntents(this.collection.id, 'delete', ids, 'confirmed');
        this.saveRun(tx);
      });
    }
    this.transaction((tx) => {
      for (const [uri, ids] of byUri) {
        tx.append(this.event('DELETE_OLD_DONE', { uri, n_chunks: ids.length }));
      }
    });
  }

  note(message: string): void {
    this.#options.onProgress({ type: 'note', message });
  }

  /** Between two batches, which a slow model may put minutes apart. */
  embeddedMore(): void {
    if (this.clock.monotonic() - this.#told >= TELL_EVERY_MS) this.progress();
  }

  progress(): void {
    this.#told = this.clock.monotonic();
    const { counters } = this.recorder;
    const stats = this.#options.embedStats();
    this.#options.onProgress({
      type: 'apply',
      manifest_id: this.manifestId,
      batch_id: this.#options.input.batchId,
      documents_done: counters.documents_done,
      documents_total: counters.documents_total,
      chunks_done: counters.chunks_upserted,
      chunks_total: counters.chunks_total,
      embedded: stats.computed,
      retries: stats.retries,
    });
  }
}
