import { describe, expect, it } from 'vitest';
import { guardLosses, type SourceLosses } from '../../../src/diff/guard-losses.js';

const LIMITS = { max_count: 100, max_ratio: 0.1 };

function guard(losses: Partial<SourceLosses>, limits = LIMITS) {
  const { unnamed, named } = guardLosses(
    {
      source_id: 'h',
      recorded: 1000,
      losses: 0,
      allowed: 0,
      listed: 900,
      complete: true,
      removed: false,
      emptyAllowed: false,
      ...losses,
    },
    limits,
  );
  return { unnamed: unnamed?.rule ?? null, named: named?.rule ?? null };
}

const FREE = { unnamed: null, named: null };
const BOTH = (rule: string) => ({ unnamed: rule, named: rule });

describe('guardLosses', () => {
  it('lets exactly max_count go, and holds back one more', () => {
    expect(guard({ recorded: 10_000, losses: 100 })).toEqual(FREE);
    expect(guard({ recorded: 10_000, losses: 101 })).toEqual({ unnamed: 'max_count', named: null });
  });

  it('lets exactly max_ratio go, and holds back one more', () => {
    expect(guard({ recorded: 100, losses: 10 })).toEqual(FREE);
    expect(guard({ recorded: 100, losses: 11 })).toEqual({ unnamed: 'max_ratio', named: null });
  });

  it('needs three losses before the ratio speaks', () => {
    expect(guard({ recorded: 2, losses: 2, listed: 1 })).toEqual(FREE);
    expect(guard({ recorded: 3, losses: 3, listed: 1 }).unnamed).toBe('max_ratio');
  });

  it('counts only what no glob names against the thresholds', () => {
    expect(guard({ recorded: 60, losses: 18, allowed: 18 })).toEqual(FREE);
    expect(guard({ recorded: 60, losses: 18, allowed: 12 })).toEqual(FREE);
    expect(guard({ recorded: 60, losses: 18, allowed: 11 })).toEqual({ unnamed: 'max_ratio', named: null });
  });

  it('never lifts an incomplete listing, not even for what a glob names', () => {
    expect(guard({ losses: 1, allowed: 1, complete: false })).toEqual(BOTH('incomplete-listing'));
    expect(guard({ losses: 1, complete: false, emptyAllowed: true })).toEqual(BOTH('incomplete-listing'));
  });

  it('holds back all of a source that yields nothing any more, unless that was said', () => {
    expect(guard({ recorded: 1, losses: 1, listed: 0 })).toEqual(BOTH('empty-source'));
    expect(guard({ recorded: 1, losses: 1, allowed: 1, listed: 0 })).toEqual(BOTH('empty-source'));
    expect(guard({ recorded: 500, losses: 500, listed: 0, emptyAllowed: true })).toEqual(FREE);
  });

  it('judges a source that left the manifest by the thresholds', () => {
    expect(guard({ recorded: 2, losses: 2, listed: 0, removed: true })).toEqual(FREE);
    expect(guard({ recorded: 30, losses: 30, listed: 0, removed: true }).unnamed).toBe('max_ratio');
  });

  it('takes limits of nothing at their word', () => {
    expect(guard({ losses: 1 }, { max_count: 0, max_ratio: 1 }).unnamed).toBe('max_count');
    expect(guard({ recorded: 3, losses: 3 }, { max_count: 10, max_ratio: 1 })).toEqual(FREE);
  });

  it('says the numbers', () => {
    const { unnamed } = guardLosses(
      {
        source_id: 'handbook',
        recorded: 1283,
        losses: 412,
        allowed: 0,
        listed: 871,
        complete: true,
        removed: false,
        emptyAllowed: false,
      },
      { max_count: 1000, max_ratio: 0.1 },
    );
    expect(unnamed).toEqual({
      rule: 'max_ratio',
      allowed_by: null,
      message: '412 of 1283 documents of handbook (32%), limit 10%',
    });
  });
});
