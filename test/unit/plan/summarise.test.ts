import { describe, expect, it } from 'vitest';
import { addSummaries, EMPTY_SUMMARY, hasChanges, summariseChanges } from '../../../src/plan/summarise.js';
import { change } from './changes.js';

const COUNTS = { known_rejects: 1, unchanged: 2, skipped: 3, failed: 5 };

describe('summariseChanges', () => {
  it('counts actions, chunks and costs; what is resumed is of these, not beside', () => {
    const sum = summariseChanges([change(), change({ action: 'create', resume: true })], COUNTS);
    expect(sum).toMatchObject({ update: 1, create: 1, resume: 1, ...COUNTS });
    expect(sum.chunks).toEqual({ add: 4, keep: 4, relabel: 2, delete: 2 });
    expect(sum.embed).toEqual({ compute: 2, cached: 2, tokens: 60, cost: 1, seconds: 4 });
  });

  it('counts nothing that a withheld loss would delete', () => {
    const sum = summariseChanges([change({ action: 'withheld' })], COUNTS);
    expect(sum.withheld).toBe(1);
    expect(sum.chunks).toEqual({ add: 0, keep: 0, relabel: 0, delete: 0 });
  });

  it('does not know a sum of which one price or one time is not known', () => {
    const unknown = change({ embed: { compute: 1, cached: 0, tokens: 5, cost: null, seconds: null } });
    const { embed } = summariseChanges([change(), unknown], COUNTS);
    expect(embed).toMatchObject({ compute: 2, cost: null, seconds: null });
  });
});

describe('addSummaries', () => {
  it('adds every number', () => {
    const one = summariseChanges([change(), change({ action: 'delete' })], COUNTS);
    const two = addSummaries(one, one);
    const flat = (summary: object): number[] =>
      Object.values(summary).flatMap((value) => (typeof value === 'number' ? [value] : flat(value)));
    expect(flat(two)).toEqual(flat(one).map((n) => 2 * n));
    expect(addSummaries(EMPTY_SUMMARY, one)).toEqual(one);
  });
});

describe('hasChanges', () => {
  it.each(['create', 'move', 'update', 'delete', 'repair', 'reject', 'replace'] as const)(
    'is true for one %s',
    (action) => {
      expect(hasChanges({ ...EMPTY_SUMMARY, [action]: 1 })).toBe(true);
    },
  );

  it('is false for withheld losses, known rejects and what is skipped', () => {
    expect(hasChanges({ ...EMPTY_SUMMARY, ...COUNTS, withheld: 9 })).toBe(false);
  });
});
