/** Coverage at the end, and the figures that must agree: what would be wrong is seen to be wrong. */
import { describe, expect, it } from 'vitest';
import { coverageAtEnd } from '../../../src/plan/inspect/coverage-at-end.js';

const PLANNED = { declared: 10, current: 7, old_kept: 1, quarantined: 0, rejected: 1, skipped: 1, failed: 0 };

describe('coverage as a run left it', () => {
  it.each([
    ['all was done', { planned: 4, done: 4, failed: 0 }, { current: 7, failed: 0, pending: 0 }],
    ['some failed', { planned: 4, done: 3, failed: 1 }, { current: 6, failed: 1, pending: 0 }],
    ['it was stopped', { planned: 4, done: 1, failed: 1 }, { current: 4, failed: 1, pending: 2 }],
    ['orphans were left as well', { planned: 9, done: 0, failed: 0 }, { current: 0, failed: 0, pending: 7 }],
    ['more was done than planned', { planned: 1, done: 3, failed: 0 }, { current: 7, failed: 0, pending: 0 }],
  ])('adds up when %s', (_, writes, expected) => {
    const found = coverageAtEnd(PLANNED, writes);
    expect(found).toMatchObject(expected);
    const { declared, ...classes } = found;
    expect(Object.values(classes).reduce((sum, n) => sum + n, 0)).toBe(declared);
  });
});
