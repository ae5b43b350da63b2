/** Embedding behind one interface. Providers are small; batching, retries, checks and the cache are ours. */

export interface EmbeddingProvider {
  readonly name: string;
  readonly model: string;
  /** embedding_fingerprint (identity.ts). */
  readonly fingerprint: string;
  /** Declared or known dimension; undefined until the first answer when the model decides. */
  readonly dimensions: number | undefined;
  /** Texts per request, and requests at once, at most. */
  readonly maxBatch: number;
  readonly maxConcurrency: number;
  readonly rateLimits: RateLimits;
  /** Dollars per million tokens; 0 when it costs nothing; undefined when unknown. */
  readonly pricePerMillionTokens: number | undefined;
  /** One request. Answers are in the order of texts. Throws ProviderError. */
  embed(texts: readonly string[], role: 'passage' | 'query', signal: AbortSignal): Promise<Float32Array[]>;
}

/** At most so much in any minute; undefined: no limit of our own. */
export interface RateLimits {
  readonly requests: number | undefined;
  /** Estimated tokens (domain/text.ts). */
  readonly tokens: number | undefined;
}

/** How fast texts become vectors; for estimates. */
export interface EmbeddingPace {
  /** Measured by earlier runs on this machine, else the provider's stated default. */
  readonly tokensPerSecond: number;
  readonly textsPerRequest: number;
  readonly limits: RateLimits;
}

export const NO_RATE_LIMITS: RateLimits = { requests: undefined, tokens: undefined };

/** What a failed request means, decided by the provider; retrying is decided by the embedder. */
export type ProviderFault =
  | 'rate-limit' // 429: wait (retryAfterMs), halve the batch
  | 'too-large' // 413: halve the batch
  | 'timeout' // halve the batch, retry
  | 'unavailable' // 5xx, connection refused or cut: retry
  | 'bad-answer' // wrong count, dimension, NaN, not JSON: retry, then halve to find the text
  | 'bad-request' // 400/422: halve to find the poisoned text, no plain retry
  | 'fatal'; // 401/403/404, missing key: stop the run

export interface EmbedRequest {
  readonly text_sha256: string;
  readonly text: string;
}

export interface EmbedFailure {
  readonly text_sha256: string;
  readonly error: Error;
}

export interface EmbedOutcome {
  /** By text_sha256; every requested text is here or in failures. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
  readonly failures: readonly EmbedFailure[];
}

export interface EmbedderStats {
  /** Texts computed by the provider, and texts answered from the cache, in this run. */
  readonly computed: number;
  readonly cached: number;
  readonly retries: number;
  /** Estimated tokens of what was computed. */
  readonly tokens: number;
  /** Milliseconds spent waiting for the provider. */
  readonly busy_ms: number;
}

/** Cache + dedupe + batching + retries over one provider. Equal texts in flight are computed once. */
export interface Embedder {
  readonly fingerprint: string;
  /** Dimension as declared or as observed so far. */
  readonly dimensions: number | undefined;
  /**
   * Vectors for all texts. Texts of concurrent calls share provider batches. Answers enter the cache as
   * they arrive. Rejects only for what stops the run (fatal provider faults, abort): a poisoned text is a failure.
   */
  vectors(requests: readonly EmbedRequest[], signal: AbortSignal): Promise<EmbedOutcome>;
  query(text: string, signal: AbortSignal): Promise<Float32Array>;
  stats(): EmbedderStats;
}

/** Keyed by embedding_fingerprint + text_sha256; holds no identity. Shared by environments, deletable. */
export interface EmbeddingCache {
  /** Only those present; joined by key. */
  get(fingerprint: string, textShas: readonly string[]): Map<string, Float32Array>;
  /** How many of these are present (for estimates), without reading vectors. */
  has(fingerprint: string, textShas: readonly string[]): Set<string>;
  put(fingerprint: string, vectors: ReadonlyMap<string, Float32Array>): void;
  /** Tokens a second that earlier runs of this machine measured; undefined when none did. */
  throughput(fingerprint: string): number | undefined;
  /** Later measurements count for more than earlier ones. */
  noteThroughput(fingerprint: string, tokens: number, busyMs: number): void;
  close(): void;
}

/** Keeps nothing. */
export const forgetful: EmbeddingCache = {
  get: () => new Map(),
  has: () => new Set(),
  put: () => {},
  throughput: () => undefined,
  noteThroughput: () => {},
  close: () => {},
};
