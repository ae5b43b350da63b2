/** The embedder: the cache in front, equal texts in flight once, batches and retries behind. */
import { setMaxListeners } from 'node:events';
import type { Clock } from '../domain/ports/clock.js';
import type {
  Embedder,
  EmbedderStats,
  EmbeddingCache,
  EmbeddingProvider,
  EmbedFailure,
  EmbedOutcome,
  EmbedRequest,
} from '../domain/ports/embedder.js';
import { estimateTokens } from '../domain/text.js';
import { BatchQueue, type QueueItem } from './batch-queue.js';
import { embedQuery } from './embed-query.js';

export interface EmbedderOptions {
  readonly provider: EmbeddingProvider;
  readonly cache: EmbeddingCache;
  readonly clock: Clock;
  /** Dimension that recorded state has pinned for this fingerprint; answers must have it. */
  readonly pinnedDimensions?: number | undefined;
  /**
   * Where to look for vectors that the cache lacks before they are computed (old live records). By
   * text_sha256; must be of this embedding fingerprint. Failing only costs computing them.
   */
  readonly fallbackVectors?:
    | ((textShas: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Float32Array>>)
    | undefined;
}

export function createEmbedder(options: EmbedderOptions): Embedder {
  return new CachedEmbedder(options);
}

/** One text in flight, and the calls that wait for it. */
interface InFlight {
  readonly item: QueueItem;
  readonly calls: Set<Call>;
}

/** One call of `vectors` whose answers are not complete. */
interface Call {
  answer(textSha: string, vector: Float32Array): void;
  fail(failure: EmbedFailure): void;
  reject(reason: unknown): void;
}

class CachedEmbedder implements Embedder {
  readonly fingerprint: string;
  readonly #options: EmbedderOptions;
  readonly #queue: BatchQueue;
  readonly #inFlight = new Map<string, InFlight>();
  #observed: number | undefined;
  #computed = 0;
  #tokens = 0;
  #cached = 0;

  constructor(options: EmbedderOptions) {
    this.#options = options;
    this.fingerprint = options.provider.fingerprint;
    this.#queue = new BatchQueue(options.provider, options.clock, {
      expectedDimensions: () => this.dimensions,
      answered: (items, vectors) => this.#answered(items, vectors),
      failed: (item, error) => this.#failed(item, error),
      stopped: (error) => this.#stopped(error),
    });
  }

  get dimensions(): number | undefined {
    return this.#options.provider.dimensions ?? this.#options.pinnedDimensions ?? this.#observed;
  }

  stats(): EmbedderStats {
    return {
      computed: this.#computed,
      cached: this.#cached,
      retries: this.#queue.retries,
      tokens: this.#tokens,
      busy_ms: this.#queue.busyMs,
    };
  }

  query(text: string, signal: AbortSignal): Promise<Float32Array> {
    const { provider, clock } = this.#options;
    return embedQuery({ provider, clock, text, signal, dimensions: this.dimensions });
  }

  async vectors(requests: readonly EmbedRequest[], signal: AbortSignal): Promise<EmbedOutcome> {
    signal.throwIfAborted();
    const missing = new Map(requests.map((request) => [request.text_sha256, request.text]));
    const found = new Map<string, Float32Array>();
    this.#takeCached(missing, found);
    if (missing.size > 0 && this.#options.fallbackVectors !== undefined) {
      await this.#takeFallback(missing, found, signal);
      signal.throwIfAborted();
      // Another call may have embedded some of them meanwhile.
      this.#takeCached(missing, found);
    }
    const failures: EmbedFailure[] = [];
    if (missing.size > 0) await this.#compute(missing, found, failures, signal);
    return { vectors: found, failures };
  }

  #takeCached(missing: Map<string, string>, found: Map<string, Float32Array>): void {
    if (missing.size === 0) return;
    this.#take(this.#options.cache.get(this.fingerprint, [...missing.keys()]), missing, found);
  }

  async #takeFallback(
    missing: Map<string, string>,
    found: Map<string, Float32Array>,
    signal: AbortSignal,
  ): Promise<void> {
    let vectors: ReadonlyMap<string, Float32Array> | undefined;
    try {
      vectors = await this.#options.fallbackVectors?.([...missing.keys()], signal);
    } catch {
      // It is a shortcut: without it they are computed.
      return;
    }
    const taken = this.#take(vectors ?? new Map(), missing, found);
    if (taken.size > 0) this.#options.cache.put(this.fingerprint, taken);
  }

  /** Moves usable vectors from missing to found. One of another dimension is as good as none. */
  #take(
    vectors: ReadonlyMap<string, Float32Array>,
    missing: Map<string, string>,
    found: Map<string, Float32Array>,
  ): Map<string, Float32Array> {
    const taken = new Map<string, Float32Array>();
    for (const [sha, vector] of vectors) {
      if (!missing.has(sha) || vector.length !== (this.dimensions ?? vector.length)) continue;
      this.#observed ??= vector.length;
      missing.delete(sha);
      found.set(sha, vector);
      taken.set(sha, vector);
      this.#cached++;
    }
    return taken;
  }

  #compute(
    missing: ReadonlyMap<string, string>,
    found: Map<string, Float32Array>,
    failures: EmbedFailure[],
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let open = missing.size;
      const settle = (): void => {
        if (--open > 0) return;
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const call: Call = {
        answer: (sha, vector) => {
          found.set(sha, vector);
          settle();
        },
        fail: (failure) => {
          failures.push(failure);
          settle();
        },
        reject: (reason) => {
          signal.removeEventListener('abort', onAbort);
          reject(reason);
        },
      };
      const onAbort = (): void => {
        this.#leave(missing.keys(), call, signal.reason);
        call.reject(signal.reason);
      };
      // Every open call listens to the run's one signal; Node would warn of a leak from the eleventh on.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', onAbort, { once: true });
      for (const [sha, text] of missing) this.#join(sha, text, call);
    });
  }

  #join(sha: string, text: string, call: Call): void {
    const known = this.#inFlight.get(sha);
    if (known !== undefined) {
      known.calls.add(call);
      return;
    }
    const item: QueueItem = { text_sha256: sha, text };
    this.#inFlight.set(sha, { item, calls: new Set([call]) });
    this.#queue.add(item);
  }

  #leave(shas: Iterable<string>, call: Call, reason: unknown): void {
    for (const sha of shas) {
      const flight = this.#inFlight.get(sha);
      if (flight === undefined || !flight.calls.delete(call) || flight.calls.size > 0) continue;
      this.#inFlight.delete(sha);
      this.#queue.abandon(flight.item, reason);
    }
  }

  #answered(items: readonly QueueItem[], vectors: readonly Float32Array[]): void {
    const answers = new Map<string, Float32Array>();
    items.forEach((item, i) => {
      const vector = vectors[i];
      if (vector !== undefined) answers.set(item.text_sha256, vector);
    });
    this.#observed ??= vectors[0]?.length;
    this.#computed += answers.size;
    for (const item of items) this.#tokens += estimateTokens(item.text);
    this.#options.cache.put(this.fingerprint, answers);
    for (const item of items) {
      const vector = answers.get(item.text_sha256);
      if (vector === undefined) continue;
      for (const call of this.#callsOf(item)) call.answer(item.text_sha256, vector);
    }
  }

  #failed(item: QueueItem, error: Error): void {
    for (const call of this.#callsOf(item)) call.fail({ text_sha256: item.text_sha256, error });
  }

  #stopped(error: unknown): void {
    const calls = new Set([...this.#inFlight.values()].flatMap((flight) => [...flight.calls]));
    this.#inFlight.clear();
    for (const call of calls) call.reject(error);
  }

  /** Takes the item out of flight. None when it was abandoned and, perhaps, asked for anew. */
  #callsOf(item: QueueItem): Iterable<Call> {
    const flight = this.#inFlight.get(item.text_sha256);
    if (flight?.item !== item) return [];
    this.#inFlight.delete(item.text_sha256);
    return flight.calls;
  }
}
