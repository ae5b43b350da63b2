import { describe, expect, it } from 'vitest';
import {
  type CanaryAnswer,
  canaryPasses,
  countLost,
  isSearchable,
} from '../../../src/diff/judge-canaries.js';

describe('the verdict over canary queries', () => {
  it('calls an index searchable that lost one record in fifty-eight', () => {
    expect(isSearchable(58, 1, 0)).toBe(true);
  });

  it('calls it unsearchable when a query fails, also when every other one passes', () => {
    expect(isSearchable(58, 0, 1)).toBe(false);
  });

  it('calls it unsearchable when more than a tenth is lost', () => {
    expect(isSearchable(58, 5, 0)).toBe(true);
    expect(isSearchable(58, 6, 0)).toBe(false);
  });

  it('has nothing against an index of which nothing could be asked', () => {
    expect(isSearchable(0, 0, 0)).toBe(true);
  });
});

describe('a canary that is missed', () => {
  const at = (degrees: number, best: number | undefined, hits = 100): CanaryAnswer => {
    const angle = (degrees * Math.PI) / 180;
    return { vector: Float32Array.of(Math.cos(angle), Math.sin(angle)), best, hits };
  };
  const MANY = { wanted: 100, exhaustive: false };
  const apart = (degrees: number): number => 1 - Math.cos((degrees * Math.PI) / 180);

  it('is not lost when nearer neighbours are given than any that is known', () => {
    // Records a degree apart: the graph finds one that is nearer than the other canaries, which are ten apart.
    const alike = [0, 10, 20, 30].map((degrees) => at(degrees, apart(2)));
    expect(countLost(alike, 'cosine', MANY)).toBe(0);
  });

  it('is lost when a known record is nearer than all answers', () => {
    expect(countLost([at(0, apart(40)), at(10, 0), at(20, 0)], 'cosine', MANY)).toBe(1);
  });

  it('is lost without answers, with few, and when everything was asked for', () => {
    expect(countLost([at(0, undefined, 0)], 'cosine', MANY)).toBe(1);
    expect(countLost([at(0, Number.NaN)], 'cosine', MANY)).toBe(1);
    expect(countLost([at(0, apart(2), 49)], 'cosine', MANY)).toBe(1);
    expect(countLost([at(0, apart(2), 5)], 'cosine', { wanted: 5, exhaustive: true })).toBe(1);
  });

  it.each([
    ['l2', 0.5, 1],
    ['l2', 0.01, 0],
    ['ip', 0.9, 1],
    ['ip', 0.02, 0],
  ] as const)('is measured as %s measures', (space, best, lost) => {
    const known = { vector: Float32Array.of(0.8, 0.4), best: 0, hits: 100 };
    expect(countLost([{ vector: Float32Array.of(1, 0.4), best, hits: 100 }, known], space, MANY)).toBe(lost);
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
