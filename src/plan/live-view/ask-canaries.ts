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
import { IngestError } from '../../domain/errors.js';
import { sha256Hex } from '../../domain/hashing.js';
import type { Space } from '../../domain/manifest.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';

/**
 * Vectors that are read back beside the queries, in slices: a kill of Chroma may leave a few of thousands unreadable,
 * at once or when it next writes its index. `suspect` is after a run that did not end well: all of most collections,
 * of a larger one a sample, for reading a million takes longer than a plan may unless it was asked to.
 */
export const READ_BACK = { none: 0, suspect: 10_000, all: Number.POSITIVE_INFINITY } as const;
const SLICE = 500;
const FIRST = 8;
const MORE = 50;
const ANSWERS = 100;

export interface CanaryResult {
  readonly asked: number;
  readonly passed: number;
  readonly searchable: boolean;
}

/**
 * One failure asks fifty more before the verdict. `lastBatch` are ids of the batch written last; `readBack` is how
 * many vectors are read as well.
 */
export async function askCanaries(
  collection: LiveCollection,
  state: StateReader,
  space: Space,
  count: number,
  lastBatch: readonly string[],
  readBack: number,
): Promise<CanaryResult> {
  if (count === 0) return { asked: 0, passed: 0, searchable: true };
  const answers = Math.min(ANSWERS, count);
  // A start that moves with every apply, and is the same for everybody who asks in between.
  const start = sha256Hex(`${state.lineage ?? ''}:${state.serial()}`).slice(0, 32);
  const ids = [...new Set([...lastBatch.slice(0, 3), ...inHashOrder(state, collection.id, start, FIRST)])];
  const first = await ask(collection, ids.slice(0, FIRST), space, answers);
  if (first.passed === first.asked) {
    const readable = await isReadable(collection, state, start, Math.min(count, readBack));
    return { asked: first.asked, passed: first.passed, searchable: readable };
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

async function readVectors(
  collection: LiveCollection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Float32Array> | 'broken'> {
  try {
    return await collection.vectors(ids);
  } catch (error) {
    // Only Chroma's own failure to read them; one that cannot be reached says nothing of the index.
    if (error instanceof IngestError && error.code === 'E411') return 'broken';
    throw error;
  }
}

/** From `start` on in id order, then from the first id, until so many were read. */
async function isReadable(
  collection: LiveCollection,
  state: StateReader,
  start: string,
  wanted: number,
): Promise<boolean> {
  let from = start;
  let wrapped = false;
  for (let read = 0; read < wanted; ) {
    const ids = state.sampleChunkIds(collection.id, from, Math.min(SLICE, wanted - read));
    const last = ids.at(-1);
    if (last === undefined) {
      if (wrapped) return true;
      wrapped = true;
      from = '';
      continue;
    }
    if ((await readVectors(collection, ids)) === 'broken') return false;
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
