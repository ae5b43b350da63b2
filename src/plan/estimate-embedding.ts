/** How much must be embedded: what neither the cache nor an earlier document of this plan provides. */
import type { Chunk } from '../domain/document.js';
import type { EmbedEstimate } from '../domain/plan.js';
import type { EmbeddingCache, EmbeddingPace } from '../domain/ports/embedder.js';
import { estimateTokens } from '../domain/text.js';
import type { Scratch } from './scratch.js';

export interface EmbeddingFacts {
  readonly fingerprint: string;
  /** Dollars per million tokens; undefined when unknown. */
  readonly price: number | undefined;
  readonly pace: EmbeddingPace;
  readonly cache: Pick<EmbeddingCache, 'has' | 'get'>;
}

export const NO_EMBEDDING: EmbedEstimate = { compute: 0, cached: 0, tokens: 0, cost: 0, seconds: 0 };

export function estimateEmbedding(
  chunks: readonly Pick<Chunk, 'text' | 'text_sha256'>[],
  facts: EmbeddingFacts,
  scratch: Scratch,
): EmbedEstimate {
  if (chunks.length === 0) return NO_EMBEDDING;
  const cached = facts.cache.has(
    facts.fingerprint,
    chunks.map((chunk) => chunk.text_sha256),
  );
  let compute = 0;
  let tokens = 0;
  for (const chunk of chunks) {
    if (cached.has(chunk.text_sha256) || !scratch.firstSeen(chunk.text_sha256)) continue;
    compute++;
    tokens += estimateTokens(chunk.text);
  }
  return {
    compute,
    cached: chunks.length - compute,
    tokens,
    cost: costOf(tokens, facts.price),
    seconds: secondsOf(compute, tokens, facts.pace),
  };
}

/** What must be computed of texts that are not at hand, so that their length is not known. */
export function estimateUnread(compute: number, cached: number, facts: EmbeddingFacts): EmbedEstimate {
  if (compute === 0) return { ...NO_EMBEDDING, cached };
  return { compute, cached, tokens: 0, cost: facts.price === 0 ? 0 : null, seconds: null };
}

/** Dollars for so many tokens; null when the price is not known, 0 when nothing is computed. */
function costOf(tokens: number, price: number | undefined): number | null {
  if (tokens === 0) return 0;
  return price === undefined ? null : (tokens * price) / 1e6;
}

/** Of one document its share of what all of them take, so that the sum is never less than the limits make it. */
function secondsOf(compute: number, tokens: number, pace: EmbeddingPace): number {
  const { requests, tokens: mostTokens } = pace.limits;
  return Math.max(
    tokens / pace.tokensPerSecond,
    requests === undefined ? 0 : (compute / pace.textsPerRequest / requests) * 60,
    mostTokens === undefined ? 0 : (tokens / mostTokens) * 60,
  );
}
