import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideProtection,
  guardLastDocuments,
  isProtected,
  type ProtectionFacts,
  protectionAction,
  refuseDestruction,
} from '../../../src/diff/protection.js';
import { IngestError } from '../../../src/domain/errors.js';

const maybe = fc.constantFrom(undefined, true, false);
const facts: fc.Arbitrary<ProtectionFacts> = fc.record({ declared: maybe, recorded: maybe, live: maybe });

describe('what ends a protection', () => {
  it('is only an explicit false: leaving the key out never does, whoever remembers it', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { now, next } = decideProtection(given);
        if (now && !next) expect(given.declared).toBe(false);
        if (given.recorded === true || given.live === true) expect(now).toBe(true);
        if (given.declared !== undefined) expect(next).toBe(given.declared);
      }),
    );
  });

  it('is never silent: what differs from what is recorded or mirrored is an action of the plan', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { next } = decideProtection(given);
        const known = [given.recorded, given.live].filter((value) => value !== undefined);
        expect(protectionAction(given) !== undefined).toBe(known.some((value) => value !== next));
      }),
    );
  });

  it('is said with from and to; one witness that lags behind is told apart from an edit', () => {
    expect(protectionAction({ declared: false, recorded: true, live: true })).toEqual({
      action: 'protection',
      reasons: ['policy'],
      changes: [{ field: 'prevent_destroy', from: true, to: false }],
    });
    expect(protectionAction({ declared: undefined, recorded: true, live: false })).toEqual({
      action: 'protection',
      reasons: ['missing-in-index'],
    });
    expect(protectionAction({ declared: undefined, recorded: false, live: true })).toEqual({
      action: 'protection',
      reasons: ['not-recorded'],
    });
  });

  it('is final after the next plan: what an apply records and mirrors needs no action any more', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { next } = decideProtection(given);
        expect(protectionAction({ ...given, recorded: next, live: next })).toBeUndefined();
        expect(protectionAction({ declared: undefined, recorded: next, live: next })).toBeUndefined();
      }),
    );
  });
});

describe('what a protection protects', () => {
  const counts = fc.record({ recorded: fc.nat(20), losses: fc.nat(20) });

  it('keeps the last recorded documents, also in the plan that ends it, and holds back nothing else', () => {
    fc.assert(
      fc.property(facts, counts, (given, { recorded, losses }) => {
        const protection = decideProtection(given);
        const held = guardLastDocuments(protection, recorded, losses) !== null;
        expect(held).toBe(isProtected(protection) && losses > 0 && losses >= recorded);
      }),
    );
  });

  it('refuses destruction by name with what to do, and lets the unprotected go', () => {
    expect(() => refuseDestruction('docs', { now: false, next: false }, 'would be destroyed')).not.toThrow();
    for (const protection of [
      { now: true, next: true },
      { now: true, next: false },
      { now: false, next: true },
    ]) {
      const refused = () => refuseDestruction('docs', protection, 'would be destroyed');
      expect(refused).toThrow(IngestError);
      expect(refused).toThrow(/docs is protected .* would be destroyed/);
    }
  });
});
