/** What a provider's file exports: how it is described (free of secrets and requests) and how it is made. */
import type { EmbeddingSpec } from '../domain/embedding-spec.js';
import type { Clock } from '../domain/ports/clock.js';
import type { EmbeddingPace, EmbeddingProvider } from '../domain/ports/embedder.js';

export interface ProviderDescription {
  /** As it stands in the fingerprint. */
  readonly model: string;
  readonly fingerprint: string;
  /** Whether it understands meaning, or only finds shared words. */
  readonly semantic: boolean;
  /** Declared or known; undefined when the model decides. */
  readonly dimensions: number | undefined;
  /** Dollars per million tokens; 0 when it costs nothing; undefined when unknown. */
  readonly price: number | undefined;
  /** Before anything was measured. */
  readonly pace: EmbeddingPace;
}

export interface ProviderDependencies {
  /** For Retry-After given as a date. */
  readonly clock: Clock;
  /** For a url: the fetch that knows its proxy. Default: the built-in one, which knows none. */
  readonly fetchFor?: (url: string) => Promise<typeof fetch>;
  /** Where a model is kept that was downloaded. */
  readonly modelCacheDir: string;
}

export interface ProviderModule {
  describe(spec: EmbeddingSpec): ProviderDescription;
  create(spec: EmbeddingSpec, dependencies: ProviderDependencies): EmbeddingProvider;
}
