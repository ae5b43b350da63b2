/** Cost estimates: tokens by rule of thumb, dollars by the declared price. Pure. */
import type { EmbedEstimate } from '../domain/plan.js';
import { estimateTokens } from '../domain/text.js';

/** Dollars; null when the price is not known. */
export function estimateCost(tokens: number, pricePerMillionTokens: number | undefined): number | null {
  if (tokens === 0) return 0;
  return pricePerMillionTokens === undefined ? null : (tokens * pricePerMillionTokens) / 1_000_000;
}

/** For texts that must be computed, beside `cached` ones that cost nothing. */
export function estimateEmbedding(
  compute: Iterable<string>,
  cached: number,
  pricePerMillionTokens: number | undefined,
): EmbedEstimate {
  let texts = 0;
  let tokens = 0;
  for (const text of compute) {
    texts++;
    tokens += estimateTokens(text);
  }
  return { compute: texts, cached, tokens, cost: estimateCost(tokens, pricePerMillionTokens) };
}
