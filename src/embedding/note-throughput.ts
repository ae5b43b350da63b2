import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';

/** Less says more about one connection being opened than about the provider. */
const WORTH_NOTING_TOKENS = 2000;

/** Remembers how fast this run's texts were embedded, for the estimates of later plans. */
export function noteThroughput(embedder: Embedder, cache: EmbeddingCache): void {
  const { tokens, busy_ms } = embedder.stats();
  if (tokens < WORTH_NOTING_TOKENS || busy_ms < 1) return;
  cache.noteThroughput(embedder.fingerprint, tokens, busy_ms);
}
