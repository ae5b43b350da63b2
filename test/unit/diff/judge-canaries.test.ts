import { describe, expect, it } from 'vitest';
import { canaryPasses, isSearchable } from '../../../src/diff/judge-canaries.js';

describe('the verdict over canary queries', () => {
  it('calls an index searchable that misses one record in fifty-eight', () => {
    expect(isSearchable(58, 57, 0)).toBe(true);
  });

  it('calls it unsearchable when a query fails, also when every other one passes', () => {
    expect(isSearchable(58, 57, 1)).toBe(false);
  });

  it('calls it unsearchable when more than a tenth is missed', () => {
    expect(isSearchable(58, 53, 0)).toBe(true);
    expect(isSearchable(58, 52, 0)).toBe(false);
  });

  it('calls a small index unsearchable for one miss', () => {
    expect(isSearchable(5, 4, 0)).toBe(false);
  });

  it('has nothing against an index of which nothing could be asked', () => {
    expect(isSearchable(0, 0, 0)).toBe(true);
  });
});

describe('a canary', () => {
  const vector = Float32Array.of(3, 4);

  it('passes at its own distance: 0 for cosine and l2, 1 - v.v for ip', () => {
    expect(canaryPasses(vector, 'cosine', 0.00005)).toBe(true);
    expect(canaryPasses(vector, 'l2', 0.001)).toBe(true);
    expect(canaryPasses(vector, 'ip', -24)).toBe(true);
  });

  it('fails farther away, and without an answer', () => {
    expect(canaryPasses(vector, 'cosine', 0.001)).toBe(false);
    expect(canaryPasses(vector, 'l2', 0.01)).toBe(false);
    expect(canaryPasses(vector, 'ip', 0)).toBe(false);
    expect(canaryPasses(vector, 'ip', undefined)).toBe(false);
  });
});
