/** Which model a manifest's embedding block stands for: `same_as` is resolved here, and nowhere else. */

import type { EmbeddingSpec } from './embedding-spec.js';
import type { EmbeddingIdentity } from './identity.js';

/** Where it is, how fast it may be asked and what it costs are no part of it: gateways move, and the model stays. */
export function embeddingIdentity(spec: EmbeddingSpec): EmbeddingIdentity {
  const { query_prefix, passage_prefix, normalise, same_as: alias } = spec;
  const { provider, model, revision, dimensions } = alias ?? spec;
  const identity: EmbeddingIdentity = {
    provider,
    model,
    revision: revision ?? null,
    dimensions: dimensions ?? 'native',
    query_prefix,
    passage_prefix,
    normalise,
  };
  if (alias !== undefined || spec.local === undefined) return identity;
  const { files_sha256, dtype, pooling } = spec.local;
  // Files say more than a name for them: another file under the same name is another model.
  return { ...identity, revision: files_sha256 ?? identity.revision, dtype, pooling };
}
