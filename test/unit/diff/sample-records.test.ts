import { describe, expect, it } from 'vitest';
import { boundOfSample, chooseSample } from '../../../src/diff/sample-records.js';

const ids = Array.from({ length: 2000 }, (_, i) => `id-${i}`);
const choose = (wanted: number, seed: string, total = ids.length): string[] => [
  ...chooseSample(ids, { total, wanted, seed, id: (id) => id }),
];

describe('chooseSample', () => {
  it('takes exactly as many as are wanted, or all there are', () => {
    expect(new Set(choose(100, 'a')).size).toBe(100);
    expect(choose(5000, 'a')).toEqual(ids);
    expect(choose(0, 'a')).toEqual([]);
  });

  it('takes the same for the same seed, and others for another', () => {
    expect(choose(100, 'a')).toEqual(choose(100, 'a'));
    const shared = choose(100, 'a').filter((id) => choose(100, 'b').includes(id));
    expect(shared.length).toBeLessThan(30);
  });

  it('takes from everywhere alike', () => {
    const hits = Array.from({ length: 4 }, () => 0);
    for (let seed = 0; seed < 50; seed++) {
      for (const id of choose(40, String(seed))) {
        const quarter = Math.floor(Number(id.slice(3)) / 500);
        hits[quarter] = (hits[quarter] ?? 0) + 1;
      }
    }
    // 2,000 draws: 500 a quarter, give or take five standard deviations of 19.
    for (const n of hits) expect(Math.abs(n - 500)).toBeLessThan(97);
  });
});

describe('boundOfSample', () => {
  it.each([
    // The rule of three: 3 / n.
    [300, 0, 0.00994],
    [1000, 0, 0.00299],
    // Tables of the exact binomial bound.
    [100, 1, 0.0466],
    [100, 5, 0.1023],
    [20, 10, 0.698],
    [10_000, 500, 0.0537],
  ])('of %i records %i affected: at most %f', (checked, affected, share) => {
    expect(boundOfSample(checked, affected, 10_000_000).at_most_share).toBeCloseTo(share, 3);
  });

  it('knows all when all were checked, and nothing when none was', () => {
    expect(boundOfSample(50, 2, 50)).toMatchObject({ at_most_share: 0.04, at_most_records: 2 });
    expect(boundOfSample(0, 0, 50)).toMatchObject({ at_most_share: 1, at_most_records: 50 });
    expect(boundOfSample(0, 0, 0)).toMatchObject({ at_most_share: 0, at_most_records: 0 });
    expect(boundOfSample(7, 7, 50).at_most_share).toBe(1);
  });

  it('says less the fewer were checked, and never less than was found', () => {
    for (const affected of [0, 1, 7]) {
      let last = 1;
      for (const checked of [10, 30, 100, 1000, 9999]) {
        const { at_most_share: share } = boundOfSample(checked, affected, 10_000);
        expect(share).toBeLessThanOrEqual(last);
        expect(share).toBeGreaterThan(affected / checked);
        last = share;
      }
    }
  });
});
