/**
 * Hugging Face text-embeddings-inference: POST {base_url}/embed, answered by a bare list of vectors. Source:
 * https://huggingface.github.io/text-embeddings-inference. The server has one model; `model` names it for the record.
 */
import { httpProvider } from './http-provider.js';
import { orderedVectors } from './read-vectors.js';

export const tei = httpProvider({
  path: '/embed',
  baseUrl: undefined,
  // Its own default, --max-client-batch-size.
  batch: 32,
  concurrency: 4,
  tokensPerSecond: 4_000,
  body: ({ dimensions, normalise }, inputs) => ({
    inputs,
    normalize: normalise,
    truncate: false,
    ...(dimensions === undefined ? {} : { dimensions }),
  }),
  vectors: (answer, count, normalise) =>
    orderedVectors(answer, (parsed) => parsed, 'the answer', count, normalise),
});
