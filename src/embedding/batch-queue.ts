/**
 * Batches, concurrency and retries over one provider. Texts of whoever asks share requests: a batch leaves
 * when it is full, or when nothing more arrives in this turn of the event loop.
 */
import type { Clock } from '../domain/ports/clock.js';
import type { EmbeddingProvider } from '../domain/ports/embedder.js';
import { estimateTokens } from '../domain/text.js';
import { BatchLimit, RefusedBatch } from './batch-limit.js';
import { checkVectors } from './check-vectors.js';
import { stoppingError, textError } from './embedding-errors.js';
import { ProviderError } from './provider-error.js';
import { RateLimit } from './rate-limit.js';
import { nextStep } from './retry-policy.js';

export interface QueueItem {
  readonly text_sha256: string;
  readonly text: string;
}

export interface QueueEvents {
  /** Dimension that answers must have; undefined while it is not known. */
  expectedDimensions(): number | undefined;
  /** Vectors in the order of items, checked. */
  answered(items: readonly QueueItem[], vectors: readonly Float32Array[]): void;
  failed(item: QueueItem, error: Error): void;
  /** Nothing of what is queued or in flight will be answered. */
  stopped(error: unknown): void;
}

interface Job {
  items: readonly QueueItem[];
  attempt: number;
  /** Successes of the whole queue when these texts failed first. */
  successesBefore: number;
  /** The refused batch that it is a part of. */
  refused: RefusedBatch | undefined;
  readonly controller: AbortController;
}

/** So many texts failing in a row, and none succeeding, is not the texts' fault. */
const FAILURES_BEFORE_FIRST_SUCCESS = 5;
const FAILURES_IN_A_ROW = 64;

export class BatchQueue {
  readonly #provider: EmbeddingProvider;
  readonly #clock: Clock;
  readonly #events: QueueEvents;
  readonly #limit: BatchLimit;
  readonly #rate: RateLimit;
  readonly #fresh = new Set<QueueItem>();
  /** Halves of failed batches; they go first. */
  readonly #halves: Job[] = [];
  readonly #running = new Set<Job>();
  readonly #abandoned = new WeakSet<QueueItem>();
  #flushing: NodeJS.Immediate | undefined;
  #successes = 0;
  #failuresInARow = 0;
  /** Monotonic milliseconds before which nothing is sent: a rate limit concerns every request. */
  #pausedUntil = 0;
  #retries = 0;
  #busySince = 0;
  #inFlight = 0;
  #busyMs = 0;

  constructor(provider: EmbeddingProvider, clock: Clock, events: QueueEvents) {
    this.#provider = provider;
    this.#clock = clock;
    this.#events = events;
    this.#limit = new BatchLimit(provider.maxBatch);
    this.#rate = new RateLimit(provider.rateLimits);
  }

  get retries(): number {
    return this.#retries;
  }

  /** Milliseconds during which at least one request was in flight. */
  get busyMs(): number {
    return this.#busyMs + (this.#inFlight > 0 ? this.#clock.monotonic() - this.#busySince : 0);
  }

  add(item: QueueItem): void {
    this.#fresh.add(item);
    this.#pump(false);
  }

  /** Nobody waits for it any more. A request is aborted when this holds for all its texts. */
  abandon(item: QueueItem, reason: unknown): void {
    if (this.#fresh.delete(item)) return;
    this.#abandoned.add(item);
    for (const job of this.#running) {
      if (job.items.includes(item) && this.#wanted(job).length === 0) job.controller.abort(reason);
    }
  }

  #pump(flush: boolean): void {
    while (this.#running.size < this.#provider.maxConcurrency) {
      const job = this.#halves.shift() ?? this.#freshJob(flush);
      if (job === undefined) break;
      this.#running.add(job);
      void this.#run(job).finally(() => {
        this.#running.delete(job);
        // What is left has had its turn unless a flush is still to come.
        this.#pump(this.#flushing === undefined);
      });
    }
    if (this.#fresh.size > 0 && this.#flushing === undefined && !flush) {
      this.#flushing = setImmediate(() => {
        this.#flushing = undefined;
        this.#pump(true);
      });
    }
  }

  #freshJob(flush: boolean): Job | undefined {
    const limit = this.#limit.size;
    if (this.#fresh.size === 0 || (!flush && this.#fresh.size < limit)) return undefined;
    const items: QueueItem[] = [];
    let tokens = 0;
    for (const item of this.#fresh) {
      if (items.length === limit) break;
      tokens += this.#countedTokens([item]);
      // A batch that is more than a minute may hold would never leave.
      if (items.length > 0 && tokens > (this.#provider.rateLimits.tokens ?? tokens)) break;
      items.push(item);
      this.#fresh.delete(item);
    }
    return this.#job(items);
  }

  #job(items: readonly QueueItem[], whole?: Job): Job {
    return {
      items,
      attempt: whole?.attempt ?? 0,
      successesBefore: whole?.successesBefore ?? 0,
      refused: whole?.refused,
      controller: new AbortController(),
    };
  }

  #wanted(job: Job): readonly QueueItem[] {
    return job.items.filter((item) => !this.#abandoned.has(item));
  }

  async #run(job: Job): Promise<void> {
    const { signal } = job.controller;
    try {
      for (;;) {
        if (!(await this.#turn(job)) || (await this.#attempt(job))) return;
      }
    } catch (error) {
      // Aborted: whoever waited has been told already.
      if (!signal.aborted) this.#stop(error);
    }
  }

  /** True when the job is over: answered, failed, or gone on as two halves. Throws what stops the run. */
  async #attempt(job: Job): Promise<boolean> {
    const { items } = job;
    let error: ProviderError;
    try {
      const vectors = await this.#send(items, job.controller.signal);
      this.#successes++;
      this.#failuresInARow = 0;
      this.#limit.succeeded(items.length);
      this.#settle(job, false);
      this.#events.answered(items, vectors);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || job.controller.signal.aborted) throw thrown;
      error = thrown;
    }
    job.attempt++;
    if (job.attempt === 1) job.successesBefore = this.#successes;
    const progress = this.#successes > job.successesBefore;
    const step = nextStep(
      error,
      { attempt: job.attempt, size: items.length, progress },
      this.#clock.random(),
    );
    switch (step.kind) {
      case 'stop':
        throw error;
      case 'fail':
        this.#settle(job, true);
        this.#fail(items, error);
        return true;
      case 'retry':
        this.#retries++;
        await this.#backOff(error, step.delayMs, job.controller.signal);
        return false;
      case 'split':
        this.#retries++;
        this.#limit.failed(error.fault, items.length);
        await this.#backOff(error, step.delayMs, job.controller.signal);
        if (error.fault === 'bad-request') job.refused ??= new RefusedBatch();
        this.#split(job);
        return true;
    }
  }

  #settle(job: Job, failed: boolean): void {
    const { refused } = job;
    if (refused?.settled(job.items.length, failed)) this.#limit.refusedForSize(refused.largestPart);
  }

  #fail(items: readonly QueueItem[], error: ProviderError): void {
    this.#failuresInARow++;
    const patience = this.#successes === 0 ? FAILURES_BEFORE_FIRST_SUCCESS : FAILURES_IN_A_ROW;
    if (this.#failuresInARow >= patience) throw error;
    for (const item of items) this.#events.failed(item, textError(error, this.#provider.name));
  }

  #split(job: Job): void {
    job.refused?.split();
    const middle = Math.ceil(job.items.length / 2);
    const halves = [job.items.slice(0, middle), job.items.slice(middle)];
    this.#halves.unshift(...halves.map((half) => this.#job(half, job)));
  }

  async #send(items: readonly QueueItem[], signal: AbortSignal): Promise<Float32Array[]> {
    if (this.#inFlight++ === 0) this.#busySince = this.#clock.monotonic();
    try {
      const texts = items.map((item) => item.text);
      const vectors = await this.#provider.embed(texts, 'passage', signal);
      checkVectors(vectors, items.length, this.#events.expectedDimensions());
      return vectors;
    } finally {
      if (--this.#inFlight === 0) this.#busyMs += this.#clock.monotonic() - this.#busySince;
    }
  }

  async #backOff(error: ProviderError, delayMs: number, signal: AbortSignal): Promise<void> {
    if (error.fault === 'rate-limit') {
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + delayMs);
    } else if (delayMs > 0) {
      await this.#clock.sleep(delayMs, signal);
    }
  }

  /** Waits until the job may be sent; false when nobody wants any of it any more. */
  async #turn(job: Job): Promise<boolean> {
    for (;;) {
      job.items = this.#wanted(job);
      if (job.items.length === 0) return false;
      const now = this.#clock.monotonic();
      const tokens = this.#countedTokens(job.items);
      const left = Math.max(this.#pausedUntil - now, this.#rate.wait(now, tokens));
      if (left <= 0) {
        this.#rate.sent(now, tokens);
        return true;
      }
      await this.#clock.sleep(left, job.controller.signal);
    }
  }

  /** Counted only where a limit wants them. */
  #countedTokens(items: readonly QueueItem[]): number {
    if (this.#provider.rateLimits.tokens === undefined) return 0;
    return items.reduce((sum, item) => sum + estimateTokens(item.text), 0);
  }

  #stop(error: unknown): void {
    const stopping = stoppingError(error, this.#provider.name);
    this.#fresh.clear();
    this.#halves.length = 0;
    this.#events.stopped(stopping);
    for (const job of this.#running) job.controller.abort(stopping);
  }
}
