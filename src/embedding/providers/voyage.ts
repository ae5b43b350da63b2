/**
 * Voyage: POST {base_url}/embeddings, OpenAI's answer with other names in the request. Source:
 * https://docs.voyageai.com/reference/embeddings-api. A text that is too long is refused, not cut.
 */
import { httpProvider } from './http-provider.js';
import { indexedVectors } from './read-vectors.js';

export const voyage = httpProvider({
  path: '/embeddings',
  baseUrl: 'https://api.voyageai.com/v1',
  batch: 128,
  concurrency: 4,
  tokensPerSecond: 16_000,
  body: ({ model, dimensions }, input, role) => ({
    model,
    input,
    input_type: role === 'query' ? 'query' : 'document',
    truncation: false,
    ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
  }),
  vectors: indexedVectors,
});
