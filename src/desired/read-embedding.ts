/** The block `embedding`, valid and interpolated -> what the rest works with. */
import path from 'node:path';
import type { EmbeddingAlias, EmbeddingSpec, HttpProviderName } from '../domain/embedding-spec.js';
import { EMBEDDING_NOT_SAID, LEXICAL_HASH } from '../domain/manifest-defaults.js';
import { DEFAULTS } from './defaults.js';
import { lazySecret, type Variables } from './interpolate.js';
import type { RawAlias, RawEmbedding, RawHttpEmbedding, RawTransformers } from './raw-manifest.js';
import { hasAuthorization, readUrl, type UrlProblem } from './read-target.js';

export function readEmbedding(raw: RawEmbedding, folder: string, env: Variables): EmbeddingSpec | UrlProblem {
  switch (raw.provider) {
    case 'lexical-hash':
      return { ...LEXICAL_HASH, dimensions: raw.dimensions ?? LEXICAL_HASH.dimensions };
    case 'transformers':
      return readTransformers(raw, folder);
    default:
      return readHttp(raw, env);
  }
}

function readTransformers(raw: RawTransformers, folder: string): EmbeddingSpec | UrlProblem {
  const { dtype, pooling, ...defaults } = DEFAULTS.transformers;
  const address = raw.base_url === undefined ? undefined : readUrl(raw.base_url);
  if (raw.base_url !== undefined && !address) return 'not-a-url';
  return {
    ...EMBEDDING_NOT_SAID,
    provider: raw.provider,
    model: raw.model,
    base_url: address?.url,
    revision: raw.revision,
    query_prefix: raw.query_prefix ?? defaults.query_prefix,
    passage_prefix: raw.passage_prefix ?? defaults.passage_prefix,
    normalise: raw.normalise ?? defaults.normalise,
    batch_size: raw.batch_size ?? defaults.batch_size,
    same_as: readAlias(raw.same_as, { ...raw, provider: undefined }),
    local: {
      folder: raw.model_path === undefined ? undefined : path.resolve(folder, raw.model_path, raw.model),
      dtype: raw.dtype ?? dtype,
      pooling: raw.pooling ?? pooling,
      files_sha256: undefined,
    },
  };
}

function readHttp(raw: RawHttpEmbedding, env: Variables): EmbeddingSpec | UrlProblem {
  const address = raw.base_url === undefined ? undefined : readUrl(raw.base_url);
  if (raw.base_url !== undefined && !address) return 'not-a-url';
  const headers = Object.entries(raw.headers ?? {}).map(
    ([name, value]) =>
      [name, lazySecret(value, env, 'E304', `header ${name} of the embedding provider`)] as const,
  );
  if (address?.credentials) {
    if (raw.api_key !== undefined || hasAuthorization(raw.headers)) return 'credentials-twice';
    headers.push(['authorization', address.credentials]);
  }
  return {
    provider: raw.provider,
    model: raw.model,
    base_url: address?.url,
    api_key:
      raw.api_key === undefined ? undefined : lazySecret(raw.api_key, env, 'E304', 'embedding.api_key'),
    headers: Object.fromEntries(headers),
    dimensions: raw.dimensions,
    revision: raw.revision,
    query_prefix: raw.query_prefix ?? DEFAULTS.embedding.query_prefix,
    passage_prefix: raw.passage_prefix ?? DEFAULTS.embedding.passage_prefix,
    normalise: raw.normalise ?? DEFAULTS.embedding.normalise,
    price_per_million_tokens: raw.price_per_million_tokens,
    batch_size: raw.batch_size,
    timeout_ms: raw.timeout_ms ?? DEFAULTS.embedding.timeout_ms,
    requests_per_minute: raw.requests_per_minute,
    tokens_per_minute: raw.tokens_per_minute,
    max_concurrency: raw.max_concurrency,
    same_as: readAlias(raw.same_as, raw),
    local: undefined,
  };
}

interface Around {
  readonly provider?: HttpProviderName | undefined;
  readonly model: string;
  readonly revision?: string;
  readonly dimensions?: number;
}

/** What same_as leaves out is as in the block that it stands in; the schema sees to it that a provider is there. */
function readAlias(alias: RawAlias | undefined, around: Around): EmbeddingAlias | undefined {
  const provider = alias?.provider ?? around.provider;
  if (alias === undefined || provider === undefined) return undefined;
  return {
    provider,
    model: alias.model ?? around.model,
    revision: alias.revision === undefined ? around.revision : (alias.revision ?? undefined),
    dimensions: alias.dimensions ?? around.dimensions,
  };
}
