import type { Clock } from '../domain/ports/clock.js';
import type { EmbeddingProvider } from '../domain/ports/embedder.js';
import { checkVectors } from './check-vectors.js';
import { stoppingError } from './embedding-errors.js';
import { ProviderError } from './provider-error.js';
import { nextStep } from './retry-policy.js';

export interface QueryRequest {
  readonly provider: EmbeddingProvider;
  readonly clock: Clock;
  readonly text: string;
  readonly signal: AbortSignal;
  readonly dimensions: number | undefined;
}

/**
 * The vector of one search text, with the retries of any other request. Not cached.
 * @throws IngestError E301-E304, or the signal's reason
 */
export async function embedQuery(request: QueryRequest): Promise<Float32Array> {
  const { provider, clock, text, signal, dimensions } = request;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const vectors = await provider.embed([text], 'query', signal);
      checkVectors(vectors, 1, dimensions);
      const [vector] = vectors;
      if (vector !== undefined) return vector;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof ProviderError)) throw error;
      const step = nextStep(error, { attempt, size: 1, progress: false }, clock.random());
      if (step.kind !== 'retry') throw stoppingError(error, provider.name);
      await clock.sleep(step.delayMs, signal);
    }
  }
}
