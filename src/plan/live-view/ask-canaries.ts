/**
 * Canary queries: stored vectors that must find a record at their own distance. Counts and reads can be
 * exact while search is broken (an index damaged in the middle of a flush), so search itself is asked.
 */
import { canaryPasses, isSearchable, isZero } from '../../diff/judge-canaries.js';
import { IngestError } from '../../domain/errors.js';
import { sha256Hex } from '../../domain/hashing.js';
import type { Space } from '../../domain/manifest.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';

/**
 * Vectors read back after a run that did not end well, in slices: a kill may leave a few of thousands unreadable.
 * All of most collections; of a larger one a sample, for reading a million back takes longer than any plan may.
 */
const READ_BACK = 10_000;
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
 * One failure asks fifty more before the verdict. `lastBatch` are ids of the batch written last. `suspect`: something
 * went wrong since the collection was last found whole.
 */
export async function askCanaries(
  collection: LiveCollection,
  state: StateReader,
  space: Space,
  count: number,
  lastBatch: readonly string[],
  suspect: boolean,
): Promise<CanaryResult> {
  if (count === 0) return { asked: 0, passed: 0, searchable: true };
  const answers = Math.min(ANSWERS, count);
  // A start that moves with every apply, and is the same for everybody who asks in between.
  const start = sha256Hex(`${state.lineage ?? ''}:${state.serial()}`).slice(0, 32);
  const ids = [...new Set([...lastBatch.slice(0, 3), ...inHashOrder(state, collection.id, start, FIRST)])];
  const first = await ask(collection, ids.slice(0, FIRST), space, answers);
  if (first.passed === first.asked) {
    const sample = suspect ? inHashOrder(state, collection.id, start, READ_BACK) : [];
    return { asked: first.asked, passed: first.passed, searchable: await isReadable(collection, sample) };
  }
  const more = await ask(
    collection,
    inHashOrder(state, collection.id, start, MORE + FIRST).slice(FIRST),
    space,
    answers,
  );
  const asked = first.asked + more.asked;
  const passed = first.passed + more.passed;
  return { asked, passed, searchable: isSearchable(asked, passed, first.broken + more.broken) };
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
  if (vectors === 'broken') return { asked: ids.length, passed: 0, broken: ids.length };
  let asked = 0;
  let passed = 0;
  let broken = 0;
  for (const vector of vectors.values()) {
    if (isZero(vector)) continue;
    asked++;
    const best = await bestDistance(collection, vector, answers);
    if (best === 'broken') broken++;
    else if (canaryPasses(vector, space, best)) passed++;
  }
  return { asked, passed, broken };
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

async function isReadable(collection: LiveCollection, ids: readonly string[]): Promise<boolean> {
  for (let i = 0; i < ids.length; i += SLICE) {
    if ((await readVectors(collection, ids.slice(i, i + SLICE))) === 'broken') return false;
  }
  return true;
}

async function bestDistance(
  collection: LiveCollection,
  vector: Float32Array,
  answers: number,
): Promise<number | undefined | 'broken'> {
  try {
    const hits = await collection.query(vector, answers, undefined);
    return hits.reduce<number | undefined>(
      (best, hit) => (best === undefined || hit.distance < best ? hit.distance : best),
      undefined,
    );
  } catch {
    // A failing query is the finding itself ("Error finding id"); an unreachable server fails the
    // reads before and after it, which are not caught.
    return 'broken';
  }
}
