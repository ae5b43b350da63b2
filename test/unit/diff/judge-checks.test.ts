import { describe, expect, it } from 'vitest';
import {
  checksDue,
  judgeChecks,
  judgeQuery,
  type NearChunk,
  type UriKnowledge,
} from '../../../src/diff/judge-checks.js';
import type { QueryCheck, RecordedCheck } from '../../../src/domain/checks.js';
import type { CheckQuery } from '../../../src/domain/manifest.js';

const exact: UriKnowledge = { matches: (pattern, uri) => pattern === uri, indexed: () => true };
const near = (...uris: string[]): NearChunk[] => uris.map((uri) => ({ uri, text: `text of ${uri}` }));
const query = (over: Partial<CheckQuery> = {}): CheckQuery => ({
  id: 'q',
  query: 'a question',
  k: 10,
  uris: [],
  contains: undefined,
  ...over,
});
const judged = (given: Partial<CheckQuery>, nearest: NearChunk[], known = exact): QueryCheck =>
  judgeQuery({ query: query(given), nearest }, known, undefined);

describe('one query', () => {
  it('is met when everything it expects is found, at the rank of the first of it', () => {
    const found = judged({ uris: ['s/b', 's/c'] }, near('s/a', 's/b', 's/b', 's/c'));
    expect(found).toMatchObject({ met: true, recall: 1, rank: 2, nearest: 's/a' });
    expect(found.expected.map(({ rank }) => rank)).toEqual([2, 4]);
  });

  it('has the share of what it expects that was found as recall', () => {
    expect(judged({ uris: ['s/a', 's/x'], contains: 'nowhere' }, near('s/a'))).toMatchObject({
      met: false,
      recall: 1 / 3,
      rank: 1,
    });
  });

  it('does not count what lies behind the nearest k', () => {
    expect(judged({ uris: ['s/b'], k: 1 }, near('s/a', 's/b'))).toMatchObject({ met: false, rank: null });
    expect(judged({ uris: ['s/b'], k: 2 }, near('s/a', 's/b'))).toMatchObject({ met: true, rank: 2 });
  });

  it('finds text across line breaks and forms of Unicode, and minds its case', () => {
    const chunk = [{ uri: 's/a', text: 'money back within\n  14 days, caf\u0065\u0301' }];
    expect(judged({ contains: 'within 14 days' }, chunk).met).toBe(true);
    expect(judged({ contains: ' within\t14 days,  caf\u00e9 ' }, chunk).met).toBe(true);
    expect(judged({ contains: 'Within 14 days' }, chunk).met).toBe(false);
  });

  it('tells of each document that it misses whether the index has it at all', () => {
    const known = { ...exact, indexed: (uri: string) => uri === 's/a' };
    const { expected } = judged({ uris: ['s/a', 's/b'] }, near('s/c'), known);
    expect(expected.map(({ indexed }) => indexed)).toEqual([true, false]);
  });

  it('finds nothing in an empty index', () => {
    expect(judged({ uris: ['s/a'] }, [])).toMatchObject({ met: false, recall: 0, rank: null, nearest: null });
  });

  it('is compared with the query of the same id, and with no other', () => {
    const first = judged({ uris: ['s/a'] }, near('s/a'));
    const before = { queries: [first] } as unknown as RecordedCheck;
    const again = (id: string) =>
      judgeQuery({ query: query({ id, uris: ['s/a'] }), nearest: near('s/b') }, exact, before).before;
    expect(again('q')).toEqual({ met: true, rank: 1 });
    expect(again('other')).toBeNull();
  });
});

describe('all queries', () => {
  const at = (recall: number, rank: number | null): QueryCheck => ({
    ...judged({}, []),
    met: recall === 1,
    recall,
    rank,
  });
  const three = [at(1, 1), at(0.5, 2), at(0, null)];

  it('have the averages of recall and of one by rank', () => {
    const { recall, mrr, passed, failed } = judgeChecks(three, { recall: 1, mrr: undefined });
    expect({ recall, passed, failed }).toEqual({ recall: 0.5, passed: 1, failed: 2 });
    expect(mrr).toBeCloseTo(0.5, 12);
  });

  it.each([
    [{ recall: 1, mrr: undefined }, 'failed'],
    [{ recall: 0.5, mrr: undefined }, 'passed'],
    [{ recall: 0.5, mrr: 0.5 }, 'passed'],
    [{ recall: 0.5, mrr: 0.51 }, 'failed'],
    [{ recall: 0, mrr: 0 }, 'passed'],
  ])('against %o are %s', (thresholds, status) => {
    expect(judgeChecks(three, thresholds).status).toBe(status);
  });

  it('reach a threshold that rounding keeps them from by a hair', () => {
    const tenths = Array.from({ length: 10 }, () => at(0.1, 3));
    expect(tenths.reduce((sum, { recall }) => sum + recall, 0) / 10).toBeLessThan(0.1);
    expect(judgeChecks(tenths, { recall: 0.1, mrr: undefined }).status).toBe('passed');
  });
});

describe('checks without a change of the index are due', () => {
  const now = { checks_sha256: 'a', collection_id: 'c', index_run: 'r' };
  const last = { ...now, status: 'passed' } as RecordedCheck;

  it('never again, once they passed on what is there', () => {
    expect(checksDue(last, now)).toBe(false);
  });

  it.each([
    ['when they never ran', undefined],
    ['when they failed', { ...last, status: 'failed' as const }],
    ['when they could not be run', { ...last, status: 'not_run' as const }],
    ['when they were edited', { ...last, checks_sha256: 'b' }],
    ['when they were asked of another collection', { ...last, collection_id: 'd' }],
    ['when the index was written to since', { ...last, index_run: 'q' }],
  ])('%s', (_why, recorded) => {
    expect(checksDue(recorded, now)).toBe(true);
  });
});
