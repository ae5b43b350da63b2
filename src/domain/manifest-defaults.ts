/** What a manifest of ingest/v1 that says nothing of its embedding and chunking means. Never changes within it. */
import type { CharSizes, ChunkingSpec } from './chunking-spec.js';
import type { EmbeddingSpec } from './embedding-spec.js';

export const EMBEDDING_DEFAULTS = {
  query_prefix: '',
  passage_prefix: '',
  normalise: true,
  timeout_ms: 60_000,
} as const;

/** Of a provider of which nothing more is said than its name and model. */
export const EMBEDDING_NOT_SAID = {
  ...EMBEDDING_DEFAULTS,
  base_url: undefined,
  api_key: undefined,
  headers: {},
  dimensions: undefined,
  revision: undefined,
  price_per_million_tokens: undefined,
  batch_size: undefined,
  requests_per_minute: undefined,
  tokens_per_minute: undefined,
  max_concurrency: undefined,
  same_as: undefined,
  local: undefined,
} as const satisfies Omit<EmbeddingSpec, 'provider' | 'model'>;

export const LEXICAL_HASH = {
  ...EMBEDDING_NOT_SAID,
  provider: 'lexical-hash',
  model: 'lexical-hash-1',
  dimensions: 1024,
} as const satisfies EmbeddingSpec;

export const DEFAULT_CHUNKING = {
  strategy: 'auto',
  max_chars: 1200,
  min_chars: 200,
  overlap_chars: 0,
} as const satisfies ChunkingSpec & CharSizes;
