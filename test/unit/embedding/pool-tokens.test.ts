import { describe, expect, it } from 'vitest';
import { poolTokens } from '../../../src/embedding/providers/pool-tokens.js';

/** Two texts of two numbers a token: three tokens, and one that is filled up on the right; 9 is padding. */
const RIGHT = {
  data: [1, 2, 3, 4, 5, 0, 3, 4, 9, 9, 9, 9],
  texts: 2,
  length: 3,
  width: 2,
  mask: [1n, 1n, 1n, 1n, 0n, 0n],
};
/** The same, filled up on the left. */
const LEFT = { ...RIGHT, data: [1, 2, 3, 4, 5, 0, 9, 9, 9, 9, 3, 4], mask: [1n, 1n, 1n, 0n, 0n, 1n] };

describe('poolTokens', () => {
  it.each([
    ['mean', [3, 2]],
    ['cls', [1, 2]],
    ['last', [5, 0]],
  ] as const)('%s, whichever side is filled up', (pooling, first) => {
    for (const tokens of [RIGHT, LEFT]) {
      expect(poolTokens(tokens, pooling, false)).toEqual([Float32Array.from(first), Float32Array.of(3, 4)]);
    }
  });

  it('scales to length 1 what has a length', () => {
    expect(poolTokens(RIGHT, 'cls', true)[1]).toEqual(Float32Array.of(0.6, 0.8));
    const nothing = { ...RIGHT, data: RIGHT.data.map(() => 0) };
    expect(poolTokens(nothing, 'mean', true)[0]).toEqual(Float32Array.of(0, 0));
  });

  it('gives zeros, which are then refused, for a text without a token', () => {
    expect(poolTokens({ ...RIGHT, mask: RIGHT.mask.map(() => 0n) }, 'mean', false)[0]).toEqual(
      Float32Array.of(0, 0),
    );
  });
});
