import { describe, expect, it } from 'vitest';
import { canaryPasses, isZero } from '../../../src/diff/judge-canaries.js';

const UNIT = Float32Array.from([0.6, 0.8]);
const LONG = Float32Array.from([30, 40]);

describe('canaryPasses', () => {
  it('asks for a record at distance 0, within 1e-4, for cosine and l2', () => {
    for (const space of ['cosine', 'l2'] as const) {
      expect(canaryPasses(UNIT, space, 0)).toBe(true);
      expect(canaryPasses(UNIT, space, 0.9e-4)).toBe(true);
      expect(canaryPasses(UNIT, space, 1.1e-4)).toBe(false);
      // Float error below zero.
      expect(canaryPasses(UNIT, space, -1e-7)).toBe(true);
    }
  });

  it('knows that the inner product of a vector with itself is its square', () => {
    expect(canaryPasses(UNIT, 'ip', 0)).toBe(true);
    expect(canaryPasses(UNIT, 'ip', 0.01)).toBe(false);
    expect(canaryPasses(LONG, 'ip', 1 - 2500)).toBe(true);
    expect(canaryPasses(LONG, 'ip', 0)).toBe(false);
  });

  it('accepts a longer neighbour, which is nearer than the record itself by ip', () => {
    expect(canaryPasses(UNIT, 'ip', -3)).toBe(true);
  });

  it('lets the float error of l2 and ip grow with the square of the length, that of cosine not', () => {
    expect(canaryPasses(LONG, 'l2', 0.2)).toBe(true);
    expect(canaryPasses(LONG, 'l2', 0.3)).toBe(false);
    expect(canaryPasses(LONG, 'ip', 1 - 2500 + 0.2)).toBe(true);
    expect(canaryPasses(LONG, 'cosine', 0.2)).toBe(false);
  });

  it('fails without an answer, or with one that is no number', () => {
    expect(canaryPasses(UNIT, 'cosine', undefined)).toBe(false);
    expect(canaryPasses(UNIT, 'cosine', Number.NaN)).toBe(false);
    expect(canaryPasses(UNIT, 'cosine', Number.NEGATIVE_INFINITY)).toBe(false);
  });
});

describe('isZero', () => {
  it('is true only without any direction', () => {
    expect(isZero(Float32Array.from([0, -0]))).toBe(true);
    expect(isZero(Float32Array.from([0, 1e-30]))).toBe(false);
  });
});
