/** A validated, interpolated manifest and one of its environments -> the Manifest that the rest works with. */
import path from 'node:path';
import type { ChunkingSpec, TokenizerSpec } from '../domain/chunking-spec.js';
import { structureHash } from '../domain/hashing.js';
import type { Manifest } from '../domain/manifest.js';
import { compareUtf8 } from '../domain/text.js';
import { isTokenEncoding } from './check-chunking.js';
import { DEFAULTS } from './defaults.js';
import type { Variables } from './interpolate.js';
import type { ManifestDocument } from './manifest-document.js';
import type { RawChunking, RawManifest } from './raw-manifest.js';
import { readChecks } from './read-checks.js';
import { readEmbedding } from './read-embedding.js';
import { readPii } from './read-pii.js';
import { readSource } from './read-source.js';
import { readTarget, type TargetProblem, type UrlProblem } from './read-target.js';

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
  const embedding = readEmbedding(raw.embedding, document.folder, env);
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
      .map((source) => readSource(source, document.folder, env))
      // By `<id>/`, not by id: the slash decides where one id is the beginning of another.
      .sort((a, b) => compareUtf8(`${a.id}/`, `${b.id}/`)),
    policy: {
      ...DEFAULTS.policy,
      ...raw.policy,
      // Without a default: leaving the key out must not end a protection.
      prevent_destroy: raw.policy?.prevent_destroy,
      deletes: { ...DEFAULTS.policy.deletes, ...raw.policy?.deletes },
      gate: raw.policy?.gate === undefined ? undefined : { ...DEFAULTS.gate, ...raw.policy.gate },
      pii: raw.policy?.pii === undefined ? undefined : readPii(raw.policy.pii, env),
    },
    checks: raw.checks === undefined ? undefined : readChecks(raw.checks),
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
