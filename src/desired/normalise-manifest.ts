/** A validated, interpolated manifest and one of its environments -> the Manifest that the rest works with. */
import path from 'node:path';
import { structureHash } from '../domain/hashing.js';
import type {
  ChunkingSpec,
  EmbeddingAlias,
  EmbeddingSpec,
  FilesSource,
  Manifest,
  TokenizerSpec,
} from '../domain/manifest.js';
import { compareUtf8 } from '../domain/text.js';
import { isTokenEncoding } from './check-chunking.js';
import { DEFAULTS } from './defaults.js';
import { lazySecret, type Variables } from './interpolate.js';
import type { ManifestDocument } from './manifest-document.js';
import type { RawChunking, RawEmbedding, RawHttpEmbedding, RawManifest, RawSource } from './raw-manifest.js';
import { hasAuthorization, readTarget, readUrl, type TargetProblem, type UrlProblem } from './read-target.js';

/** Message and advice; the value itself may be secret. */
type Told<P extends string> = Readonly<Record<P, readonly [string, string]>>;

const CHROMA_URL: Told<TargetProblem> = {
  'not-a-url': [
    'chroma must be embedded, or a URL without query',
    'write for example https://chroma.example.com',
  ],
  'credentials-twice': [
    'the URL holds credentials, and headers say authorization as well',
    'take the credentials out of the URL: only one of the two can be sent',
  ],
  'not-https': [
    'certificates and the key of Chroma Cloud need an https URL',
    'write https://, or take "tls" or "cloud" out',
  ],
};
const BASE_URL: Told<UrlProblem> = {
  'not-a-url': ['base_url must be a URL without query', 'write for example https://api.openai.com/v1'],
  'credentials-twice': [
    'base_url holds credentials, and there is an api_key or an authorization header as well',
    'take the credentials out of base_url: only one of them can be sent',
  ],
};

/** undefined after adding faults, for what only shows once the variables have their values. */
export function normaliseManifest(
  document: ManifestDocument,
  raw: RawManifest,
  environment: string,
  env: Variables,
): Manifest | undefined {
  const manifestId = raw.metadata.manifest_id;
  const chroma = raw.environments[environment]?.chroma;
  if (chroma === undefined) return undefined;
  const target = readTarget(chroma, manifestId, env, document.folder);
  if (typeof target === 'string') {
    const at = typeof chroma === 'string' || chroma.url === undefined ? [] : ['url'];
    document.faultAt(['environments', environment, 'chroma', ...at], 'E103', ...CHROMA_URL[target]);
  }
  const embedding = readEmbedding(raw.embedding, env);
  if (typeof embedding === 'string') {
    document.faultAt(['embedding', 'base_url'], 'E103', ...BASE_URL[embedding]);
  }
  if (typeof target === 'string' || typeof embedding === 'string') return undefined;
  return {
    manifest_id: manifestId,
    owner: raw.metadata.owner,
    file: document.file,
    sha256: structureHash(document.value),
    environment,
    target,
    embedding,
    chunking: readChunking(raw.chunking ?? {}, document.folder),
    sources: raw.sources
      .map((source) => readSource(source, document.folder))
      // By `<id>/`, not by id: the slash decides where one id is the beginning of another.
      .sort((a, b) => compareUtf8(`${a.id}/`, `${b.id}/`)),
    policy: {
      ...DEFAULTS.policy,
      ...raw.policy,
      // Without a default: leaving the key out must not end a protection.
      prevent_destroy: raw.policy?.prevent_destroy,
      deletes: { ...DEFAULTS.policy.deletes, ...raw.policy?.deletes },
    },
  };
}

function readEmbedding(raw: RawEmbedding, env: Variables): EmbeddingSpec | UrlProblem {
  if (raw.provider === 'lexical-hash') {
    return {
      provider: raw.provider,
      model: DEFAULTS.lexicalHash.model,
      base_url: undefined,
      api_key: undefined,
      headers: {},
      dimensions: raw.dimensions ?? DEFAULTS.lexicalHash.dimensions,
      revision: undefined,
      price_per_million_tokens: undefined,
      batch_size: undefined,
      requests_per_minute: undefined,
      tokens_per_minute: undefined,
      max_concurrency: undefined,
      same_as: undefined,
      ...DEFAULTS.embedding,
    };
  }
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
    same_as: readAlias(raw),
  };
}

/** What same_as leaves out is as in the block that it stands in. */
function readAlias(raw: RawHttpEmbedding): EmbeddingAlias | undefined {
  const { same_as: alias } = raw;
  if (alias === undefined) return undefined;
  return {
    provider: alias.provider ?? raw.provider,
    model: alias.model ?? raw.model,
    revision: alias.revision === undefined ? raw.revision : (alias.revision ?? undefined),
    dimensions: alias.dimensions ?? raw.dimensions,
  };
}

function readChunking({ tokenizer, ...raw }: RawChunking, folder: string): ChunkingSpec {
  if (tokenizer === undefined) return { ...DEFAULTS.chunking, ...raw };
  const strategy = raw.strategy ?? DEFAULTS.chunking.strategy;
  const spec: TokenizerSpec = isTokenEncoding(tokenizer)
    ? { kind: 'encoding', name: tokenizer }
    : { kind: 'file', file: path.resolve(folder, tokenizer) };
  return { ...DEFAULTS.tokenSizes, ...raw, strategy, tokenizer: spec };
}

function readSource(raw: RawSource, folder: string): FilesSource {
  return {
    id: raw.id,
    type: 'files',
    root: path.resolve(folder, raw.root),
    include: raw.include ?? [],
    exclude: raw.exclude ?? [],
    contract: raw.contract === undefined ? undefined : path.resolve(folder, raw.contract),
    metadata: raw.metadata ?? {},
  };
}
