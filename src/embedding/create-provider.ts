/** The registry of embedding providers: one file and one line for each. */
import type { EmbeddingSpec } from '../domain/embedding-spec.js';
import type { EmbeddingProvider } from '../domain/ports/embedder.js';
import type { ProviderDependencies, ProviderDescription, ProviderModule } from './provider-module.js';
import { cohere } from './providers/cohere.js';
import { jina } from './providers/jina.js';
import { lexicalHash } from './providers/lexical-hash.js';
import { ollama } from './providers/ollama.js';
import { openaiCompatible } from './providers/openai-compatible.js';
import { tei } from './providers/tei.js';
import { transformers } from './providers/transformers.js';
import { voyage } from './providers/voyage.js';

const PROVIDERS: Readonly<Record<EmbeddingSpec['provider'], ProviderModule>> = {
  'lexical-hash': lexicalHash,
  transformers,
  'openai-compatible': openaiCompatible,
  ollama,
  tei,
  cohere,
  voyage,
  jina,
};

/** @throws IngestError E102/E103 when the manifest lacks what the provider needs. Resolves no secret. */
export function createProvider(spec: EmbeddingSpec, dependencies: ProviderDependencies): EmbeddingProvider {
  return PROVIDERS[spec.provider].create(spec, dependencies);
}

/** What plan, drift and status need to know; resolves no secret and sends nothing. */
export function describeProvider(spec: EmbeddingSpec): ProviderDescription {
  return PROVIDERS[spec.provider].describe(spec);
}
