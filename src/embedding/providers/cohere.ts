/**
 * Cohere: POST {base_url}/v2/embed. Source: https://docs.cohere.com/reference/embed. Questions and passages are told
 * apart by `input_type`; at most 96 texts a request; a text that is too long is refused, not cut.
 */
import { httpProvider } from './http-provider.js';
import { orderedVectors } from './read-vectors.js';

export const cohere = httpProvider({
  path: '/v2/embed',
  baseUrl: 'https://api.cohere.com',
  batch: 96,
  concurrency: 4,
  tokensPerSecond: 16_000,
  body: ({ model, dimensions }, texts, role) => ({
    model,
    texts,
    input_type: role === 'query' ? 'search_query' : 'search_document',
    embedding_types: ['float'],
    truncate: 'NONE',
    ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
  }),
  vectors: (answer, count, normalise) => orderedVectors(answer, floats, 'embeddings.float', count, normalise),
});

function floats(parsed: Readonly<Record<string, unknown>>): unknown {
  const embeddings = parsed['embeddings'];
  return typeof embeddings === 'object' && embeddings !== null && 'float' in embeddings
    ? embeddings.float
    : undefined;
}
