/** The guard as a function: what it lets go is bounded, and nobody gets more by losing more or seeing less. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardLosses, type SourceLosses } from '../../../src/diff/guard-losses.js';

const limits = fc.record({
  max_count: fc.nat(30),
  max_ratio: fc.oneof(fc.constantFrom(0, 0.1, 0.25, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
});
const situation: fc.Arbitrary<SourceLosses> = fc
  .record({
    recorded: fc.nat(60),
    losses: fc.nat(60),
    allowed: fc.nat(60),
    listed: fc.oneof(fc.constant(0), fc.nat(60)),
    complete: fc.boolean(),
    removed: fc.boolean(),
    emptyAllowed: fc.boolean(),
  })
  .map((drawn) => {
    const losses = Math.min(drawn.losses, drawn.recorded);
    const listed = drawn.removed ? 0 : drawn.listed;
    return { ...drawn, source_id: 's', losses, listed, allowed: Math.min(drawn.allowed, losses) };
  });

interface Limits {
  readonly max_count: number;
  readonly max_ratio: number;
}

/** How many documents go. */
function gone(source: SourceLosses, of: Limits): number {
  const { unnamed, named } = guardLosses(source, of);
  const free = unnamed === null ? source.losses - source.allowed : 0;
  return free + (named === null ? source.allowed : 0);
}

const isEmpty = (source: SourceLosses): boolean =>
  !source.removed && source.listed === 0 && source.recorded > 0;

describe('what the guard lets go', () => {
  it('is never more than the thresholds, beside what a glob or a flag names', () => {
    fc.assert(
      fc.property(situation, limits, (source, of) => {
        const let_go = gone(source, of);
        expect(let_go).toBeLessThanOrEqual(source.losses);
        if (!source.complete) expect(let_go).toBe(0);
        else if (isEmpty(source)) expect(let_go).toBe(source.emptyAllowed ? source.losses : 0);
        else if (!(source.emptyAllowed && source.listed === 0)) {
          const unnamed = let_go - source.allowed;
          expect(unnamed).toBeGreaterThanOrEqual(0);
          expect(unnamed).toBeLessThanOrEqual(of.max_count);
          if (unnamed >= 3) expect(unnamed / source.recorded).toBeLessThanOrEqual(of.max_ratio);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is all of them when they are within the thresholds: nothing is withheld without a rule', () => {
    fc.assert(
      fc.property(situation, limits, (source, of) => {
        const unnamed = source.losses - source.allowed;
        const within = unnamed <= of.max_count && (unnamed < 3 || unnamed / source.recorded <= of.max_ratio);
        if (source.complete && !isEmpty(source) && within) expect(gone(source, of)).toBe(source.losses);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not grow with one more loss that nobody named, once the rest is withheld', () => {
    fc.assert(
      fc.property(situation, limits, (source, of) => {
        const held = guardLosses(source, of).unnamed !== null;
        const more = { ...source, losses: source.losses + 1, recorded: source.recorded + 1 };
        // The ratio is of what is recorded, so that stays while the losses rise.
        const same = { ...more, recorded: Math.max(source.recorded, more.losses) };
        if (held && same.recorded === source.recorded) {
          expect(guardLosses(same, of).unnamed).not.toBeNull();
          expect(gone(same, of)).toBeLessThanOrEqual(gone(source, of));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('only shrinks with lower limits, an incomplete listing, or a permission taken back', () => {
    fc.assert(
      fc.property(situation, limits, limits, (source, a, b) => {
        const low = {
          max_count: Math.min(a.max_count, b.max_count),
          max_ratio: Math.min(a.max_ratio, b.max_ratio),
        };
        expect(gone(source, low)).toBeLessThanOrEqual(gone(source, a));
        expect(gone({ ...source, complete: false }, a)).toBe(0);
        expect(gone({ ...source, emptyAllowed: false }, a)).toBeLessThanOrEqual(gone(source, a));
        if (source.allowed > 0) {
          expect(gone({ ...source, allowed: source.allowed - 1 }, a)).toBeLessThanOrEqual(gone(source, a));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is said with the rule and with no glob when something is withheld', () => {
    fc.assert(
      fc.property(situation, limits, (source, of) => {
        for (const verdict of Object.values(guardLosses(source, of))) {
          if (verdict === null) continue;
          expect(verdict.allowed_by).toBeNull();
          expect(verdict.message).toContain('s');
          expect(verdict.rule).not.toBe('prevent_destroy');
        }
      }),
    );
  });
});
