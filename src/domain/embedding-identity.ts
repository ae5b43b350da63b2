/** Which model a manifest's embedding block stands for: `same_as` is resolved here, and nowhere else. */
import type { EmbeddingIdentity } from './identity.js';
import type { EmbeddingSpec } from './manifest.js';

/** Where it is, how fast it may be asked and what it costs are no part of it: gateways move, and the model stays. */
export function embeddingIdentity(spec: EmbeddingSpec): EmbeddingIdentity {
  const { provider, model, revision, dimensions } = spec.same_as ?? spec;
  return {
    provider,
    model,
    revision: revision ?? null,
    dimensions: dimensions ?? 'native',
    query_prefix: spec.query_prefix,
    passage_prefix: spec.passage_prefix,
    normalise: spec.normalise,
  };
}
