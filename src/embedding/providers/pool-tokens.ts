/** From the vectors of a text's tokens to one vector. Pure. */
import type { Pooling } from '../../domain/embedding-spec.js';

/** What a model gave for a batch: one vector of `width` numbers a token, `length` tokens a text, padding included. */
export interface TokenVectors {
  readonly data: ArrayLike<number | bigint>;
  readonly texts: number;
  readonly length: number;
  readonly width: number;
  /** 1 for a token of the text, 0 for padding. */
  readonly mask: ArrayLike<number | bigint>;
}

/** In the order of the texts. `normalise`: to length 1. */
export function poolTokens(tokens: TokenVectors, pooling: Pooling, normalise: boolean): Float32Array[] {
  return Array.from({ length: tokens.texts }, (_, text) => {
    const sum = new Float64Array(tokens.width);
    const chosen = tokensOf(tokens, text, pooling);
    for (const token of chosen) {
      const start = (text * tokens.length + token) * tokens.width;
      for (let i = 0; i < tokens.width; i++) sum[i] = (sum[i] ?? 0) + Number(tokens.data[start + i]);
    }
    const scale = normalise ? lengthOf(sum) : chosen.length;
    return Float32Array.from(sum, (value) => (scale === 0 ? value : value / scale));
  });
}

/** Padding may stand on either side. */
function tokensOf({ mask, length }: TokenVectors, text: number, pooling: Pooling): number[] {
  const own: number[] = [];
  for (let i = 0; i < length; i++) if (Number(mask[text * length + i]) === 1) own.push(i);
  if (pooling === 'mean') return own;
  return pooling === 'cls' ? own.slice(0, 1) : own.slice(-1);
}

function lengthOf(vector: Float64Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}
