/** Strict sync: after an apply, what was touched is looked at record by record, the rest at the level asked. */
import type { LiveSummary, VerifyLevel } from '../domain/plan.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { StateReader } from '../domain/ports/state.js';
import type { StrictSync } from '../domain/results.js';

const PAGE = 5000;

/** Ids of this run's documents that live does not have. */
export async function missingOfRun(
  collection: LiveCollection,
  state: StateReader,
  manifestId: string,
  runId: string,
): Promise<{ checked: number; missing: number }> {
  let checked = 0;
  let missing = 0;
  let ids: string[] = [];
  const check = async (): Promise<void> => {
    const existing = await collection.existing(ids);
    checked += ids.length;
    missing += ids.filter((id) => !existing.has(id)).length;
    ids = [];
  };
  for (const document of state.documentsOfRun(collection.id, manifestId, runId)) {
    ids.push(...state.chunks(collection.id, manifestId, document.uri).map((chunk) => chunk.chunk_id));
    if (ids.length >= PAGE) await check();
  }
  if (ids.length > 0) await check();
  return { checked, missing };
}

const ORDER: readonly VerifyLevel[] = ['off', 'counts', 'ids', 'content'];

/** Folds what was seen into one verdict; what could not be read is not ok. */
export function judgeSync(
  live: LiveSummary,
  expected: number,
  touched: { checked: number; missing: number },
): StrictSync {
  const level = touched.checked > 0 && ORDER.indexOf(live.verify) < 2 ? 'ids' : live.verify;
  const actual = live.count;
  const delta = actual === null ? null : actual - live.foreign - expected;
  const problems: string[] = [];
  if (live.status === 'missing') problems.push('the collection is gone');
  if (live.status === 'unsearchable') problems.push('search does not find what is stored');
  if (touched.missing > 0)
    problems.push(`${touched.missing} of ${touched.checked} records of this run are missing`);
  if (live.missing > 0) problems.push(`${live.missing} records are missing`);
  if (live.orphan > 0) problems.push(`${live.orphan} records are orphans`);
  if (live.tampered > 0) problems.push(`${live.tampered} records were changed by somebody else`);
  if (delta !== null && delta !== 0 && problems.length === 0) problems.push(`counts differ by ${delta}`);
  return {
    ok: problems.length === 0,
    level,
    expected,
    actual,
    delta,
    message: problems.length === 0 ? null : problems.join('; '),
  };
}
