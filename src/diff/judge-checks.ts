/** Retrieval checks, judged: which of what a query expects is among the nearest chunks, and at which rank. */
import type {
  CheckExpectation,
  CheckStatus,
  QueryCheck,
  RecordedCheck,
  RetrievalCheck,
} from '../domain/checks.js';
import type { CheckQuery, ChecksSpec } from '../domain/manifest.js';

/** One of the nearest chunks; the list is best first. */
export interface NearChunk {
  readonly uri: string;
  readonly text: string;
}

export interface QueryAnswer {
  readonly query: CheckQuery;
  readonly nearest: readonly NearChunk[];
}

export interface UriKnowledge {
  /** Whether a uri is the one that is named, or one that the glob means. */
  matches(pattern: string, uri: string): boolean;
  /** Whether the index has the document; null for a glob. */
  indexed(pattern: string): boolean | null;
}

/** `before`: of the last recorded run on what searchers see; undefined when there was none. */
export function judgeQuery(
  { query, nearest }: QueryAnswer,
  uris: UriKnowledge,
  before: RetrievalCheck | undefined,
): QueryCheck {
  const near = nearest.slice(0, query.k);
  const expected: CheckExpectation[] = query.uris.map((uri) => ({
    kind: 'uri',
    expected: uri,
    rank: rankOf(near, (chunk) => uris.matches(uri, chunk.uri)),
    indexed: uris.indexed(uri),
  }));
  const { contains } = query;
  if (contains !== undefined) {
    const text = plain(contains);
    const rank = rankOf(near, (chunk) => plain(chunk.text).includes(text));
    expected.push({ kind: 'contains', expected: contains, rank, indexed: null });
  }
  const ranks = expected.map(({ rank }) => rank).filter((rank) => rank !== null);
  const last = before?.queries.find(({ id }) => id === query.id);
  return {
    id: query.id,
    query: query.query,
    k: query.k,
    met: ranks.length === expected.length,
    recall: expected.length === 0 ? 1 : ranks.length / expected.length,
    rank: ranks.length === 0 ? null : Math.min(...ranks),
    expected,
    nearest: near[0]?.uri ?? null,
    before: last === undefined ? null : { met: last.met, rank: last.rank },
  };
}

export interface Judgement {
  readonly status: Exclude<CheckStatus, 'not_run'>;
  readonly passed: number;
  readonly failed: number;
  readonly recall: number;
  readonly mrr: number;
}

/** Averages of shares are not exact: what misses a threshold by less than this reaches it. */
const ROUNDING = 1e-9;

export function judgeChecks(
  queries: readonly QueryCheck[],
  { recall: least, mrr: leastMrr }: ChecksSpec['thresholds'],
): Judgement {
  const recall = mean(queries.map((query) => query.recall));
  const mrr = mean(queries.map(({ rank }) => (rank === null ? 0 : 1 / rank)));
  const passed = queries.filter(({ met }) => met).length;
  const reached = recall + ROUNDING >= least && (leastMrr === undefined || mrr + ROUNDING >= leastMrr);
  return { status: reached ? 'passed' : 'failed', passed, failed: queries.length - passed, recall, mrr };
}

/**
 * Whether checks have to be run although nothing was written: they were edited, their last verdict was not good, or
 * they were never run on what is there. `last`: the latest that was recorded; undefined when nothing was.
 */
export function checksDue(
  last: RecordedCheck | undefined,
  now: Pick<RecordedCheck, 'checks_sha256' | 'collection_id' | 'index_run'>,
): boolean {
  return (
    last?.status !== 'passed' ||
    last.checks_sha256 !== now.checks_sha256 ||
    last.collection_id !== now.collection_id ||
    last.index_run !== now.index_run
  );
}

function rankOf(near: readonly NearChunk[], is: (chunk: NearChunk) => boolean): number | null {
  const at = near.findIndex(is);
  return at < 0 ? null : at + 1;
}

/** White space is a matter of lay-out: a chunk may break a line where the question has a blank. */
function plain(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
