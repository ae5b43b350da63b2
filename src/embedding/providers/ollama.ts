/**
 * Ollama's own protocol: POST {base_url}/api/embed. Source: https://docs.ollama.com/api/embed. A text that is too long
 * is refused, not cut in silence.
 */
import { httpProvider } from './http-provider.js';
import { orderedVectors } from './read-vectors.js';

export const ollama = httpProvider({
  path: '/api/embed',
  baseUrl: 'http://localhost:11434',
  batch: 32,
  // One local model computes one batch at a time.
  concurrency: 1,
  tokensPerSecond: 2_000,
  body: ({ model, dimensions }, input) => ({
    model,
    input,
    truncate: false,
    ...(dimensions === undefined ? {} : { dimensions }),
  }),
  vectors: (answer, count, normalise) =>
    orderedVectors(answer, (parsed) => parsed['embeddings'], 'embeddings', count, normalise),
});
