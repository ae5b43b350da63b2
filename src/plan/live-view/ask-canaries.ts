/**
 * Canary queries: stored vectors that must find a record at their own distance. Counts and reads can be
 * exact while search is broken (an index damaged in the middle of a flush), so search itself is asked.
 */
import {
  type CanaryAnswer,
  canaryPasses,
  countLost,
  isSearchable,
  isZero,
} from '../../diff/judge-canaries.js';
import { sha256Hex } from '../../domain/hashing.js';
import type { Space } from '../../domain/manifest.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import { type CachedVectors, readVectors, VECTOR_SLICE, wrongVectors } from './compare-vectors.js';

/**
 * Vectors that are read back, and compared, after a run that did not end well: a kill of Chroma may leave a few of
 * thousands unreadable or wrong. All of most collections, of a larger one a sample, for reading a million takes longer
 * than a plan may unless it was asked to (`--verify content`).
 */
const READ_BACK = 10_000;
const FIRST = 8;
const MORE = 50;
const ANSWERS = 100;

export interface CanaryResult {
  readonly asked: number;
  readonly passed: number;
  readonly searchable: boolean;
}

/**
 * One failure asks fifty more before the verdict. `lastBatch` are ids of the batch written last; `cached` is given
 * when something went wrong since the collection was last found whole: then vectors are read back as well.
 */
export async function askCanaries(
  collection: LiveCollection,
  state: StateReader,
  space: Space,
  count: number,
  lastBatch: readonly string[],
  cached: CachedVectors | undefined,
): Promise<CanaryResult> {
  if (count === 0) return { asked: 0, passed: 0, searchable: true };
  const answers = Math.min(ANSWERS, count);
  // A start that moves with every apply, and is the same for everybody who asks in between.
  const start = sha256Hex(`${state.lineage ?? ''}:${state.serial()}`).slice(0, 32);
  const ids = [...new Set([...lastBatch.slice(0, 3), ...inHashOrder(state, collection.id, start, FIRST)])];
  const first = await ask(collection, ids.slice(0, FIRST), space, answers);
  if (first.passed === first.asked) {
    const whole = cached === undefined || (await isWhole(collection, state, count, start, cached));
    return { asked: first.asked, passed: first.passed, searchable: whole };
  }
  const more = await ask(
    collection,
    inHashOrder(state, collection.id, start, MORE + FIRST).slice(FIRST),
    space,
    answers,
  );
  const asked = first.asked + more.asked;
  const lost = countLost([...first.answers, ...more.answers], space, {
    wanted: answers,
    exhaustive: count <= answers,
  });
  return {
    asked,
    passed: first.passed + more.passed,
    searchable: isSearchable(asked, lost, first.broken + more.broken),
  };
}

function inHashOrder(state: StateReader, collectionId: string, start: string, wanted: number): string[] {
  const ids = [...state.sampleChunkIds(collectionId, start, wanted)];
  if (ids.length < wanted) ids.push(...state.sampleChunkIds(collectionId, '', wanted - ids.length));
  return [...new Set(ids)];
}

interface Answers {
  readonly asked: number;
  readonly passed: number;
  /** Queries that failed, so not even an answer was missed. */
  readonly broken: number;
  readonly answers: readonly CanaryAnswer[];
}

/** Records that are gone are missing records, not canaries; zero vectors have no direction. */
async function ask(
  collection: LiveCollection,
  ids: readonly string[],
  space: Space,
  answers: number,
): Promise<Answers> {
  const vectors = await readVectors(collection, ids);
  // A damaged index may not even give its vectors back: nothing finds those records.
  if (vectors === 'broken') return { asked: ids.length, passed: 0, broken: ids.length, answers: [] };
  const canaries = [...vectors.values()].filter((vector) => !isZero(vector));
  const given: CanaryAnswer[] = [];
  for (const vector of canaries) {
    const answer = await answerTo(collection, vector, answers);
    if (answer !== 'broken') given.push(answer);
  }
  return {
    asked: canaries.length,
    passed: given.filter(({ vector, best }) => canaryPasses(vector, space, best)).length,
    broken: canaries.length - given.length,
    answers: given,
  };
}

/** All of them, or of a large collection a sample that moves: from `start` on in id order, then from the first id. */
async function isWhole(
  collection: LiveCollection,
  state: StateReader,
  count: number,
  start: string,
  cached: CachedVectors,
): Promise<boolean> {
  let from = count <= READ_BACK ? '' : start;
  for (let read = 0; read < READ_BACK; ) {
    const ids = state.sampleChunkIds(collection.id, from, Math.min(VECTOR_SLICE, READ_BACK - read));
    const last = ids.at(-1);
    if (last === undefined) {
      if (from === '' || count <= READ_BACK) return true;
      from = '';
      continue;
    }
    const wrong = await wrongVectors(collection, state, ids, cached);
    if (wrong === 'broken' || wrong.size > 0) return false;
    read += ids.length;
    // The next id in order: ids are compared byte by byte.
    from = `${last}\0`;
  }
  return true;
}

async function answerTo(
  collection: LiveCollection,
  vector: Float32Array,
  wanted: number,
): Promise<CanaryAnswer | 'broken'> {
  try {
    const hits = await collection.query(vector, wanted, undefined);
    const best = hits.length === 0 ? undefined : Math.min(...hits.map((hit) => hit.distance));
    return { vector, best, hits: hits.length };
  } catch {
    // A failing query is the finding itself ("Error finding id"); an unreachable server fails the
    // reads before and after it, which are not caught.
    return 'broken';
  }
}
