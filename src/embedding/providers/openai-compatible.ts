/**
 * Any server that speaks OpenAI's embeddings protocol: POST {base_url}/embeddings with {model, input}.
 * Source: https://platform.openai.com/docs/api-reference/embeddings. Answers are joined by `index`.
 */
import { httpProvider } from './http-provider.js';
import { indexedVectors } from './read-vectors.js';

export const openaiCompatible = httpProvider({
  path: '/embeddings',
  baseUrl: undefined,
  batch: 64,
  concurrency: 4,
  tokensPerSecond: 16_000,
  body: ({ model, dimensions }, input) => ({
    model,
    input,
    encoding_format: 'float',
    ...(dimensions === undefined ? {} : { dimensions }),
  }),
  vectors: indexedVectors,
});
