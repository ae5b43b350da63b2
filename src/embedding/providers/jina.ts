/**
 * Jina: POST {base_url}/embeddings, OpenAI's answer; questions and passages are told apart by `task`. Source:
 * https://jina.ai/embeddings.
 */
import { httpProvider } from './http-provider.js';
import { indexedVectors } from './read-vectors.js';

export const jina = httpProvider({
  path: '/embeddings',
  baseUrl: 'https://api.jina.ai/v1',
  batch: 64,
  concurrency: 4,
  tokensPerSecond: 16_000,
  body: ({ model, dimensions }, input, role) => ({
    model,
    input,
    task: role === 'query' ? 'retrieval.query' : 'retrieval.passage',
    embedding_type: 'float',
    truncate: false,
    ...(dimensions === undefined ? {} : { dimensions }),
  }),
  vectors: indexedVectors,
});
