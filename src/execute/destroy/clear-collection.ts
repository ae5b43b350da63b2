/** Takes the records of one manifest out of one collection, with the collection where nothing else is in it. */
import type { Change } from '../../domain/plan.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import { type Survey, survey, surveyCollection } from '../../plan/destroy/survey-collection.js';
import type { DoomedCollection, PlanContext } from '../../plan/plan-context.js';
import { deleteStale } from '../delete-stale.js';
import type { IndexRun } from '../index-run.js';

const GONE: Survey = { count: 0, ours: 0, manifests: [], stays: [] };

/**
 * `changes`: documents that are recorded in it. `kept`: holds the foreign records that this one has copies of.
 * Undefined when a signal stopped it.
 */
export async function clearCollection(
  run: IndexRun,
  database: LiveDatabase,
  { collection, stays }: DoomedCollection,
  context: PlanContext,
  changes: Iterable<Change>,
  kept: LiveCollection | undefined,
): Promise<Survey | undefined> {
  const { state } = context;
  const id = run.manifestId;
  if (run.stopped()) return undefined;
  // Looked at once more: between the plan and now somebody may have written to it.
  const now = await survey(collection, state, id, kept);
  if (stays.length + now.stays.length === 0) {
    await run.sendFenced(() => database.remove(collection));
    run.recorder.add({ deleted: now.ours });
    return GONE;
  }
  await deleteStale(run, context, changes);
  await sweep(run, context);
  await outlastLostRequests(run, context);
  if (run.stopped()) return undefined;
  await leave(run, database, collection);
  return survey(collection, state, id, undefined);
}

/** Whatever of ours nobody recorded. Pages shift under a delete, so it looks until there is nothing. */
async function sweep(run: IndexRun, { state }: PlanContext): Promise<void> {
  for (let found = true; found && !run.stopped(); ) {
    found = false;
    for await (const { ours } of surveyCollection(run.collection, state, run.manifestId)) {
      if (run.stopped()) return;
      if (ours.size === 0) continue;
      found = true;
      await run.deleteRecords(ours);
    }
  }
}

/** Once the rows are gone nobody would look for a late write: so it is waited for, and mended, before. */
async function outlastLostRequests(run: IndexRun, context: PlanContext): Promise<void> {
  const { state } = context;
  let until = 0;
  for (const intent of state.intents(run.collection.id, run.manifestId)) {
    if (intent.status !== 'confirmed' || run.doubted) until = Math.max(until, intent.settles_at);
  }
  const left = until - run.now();
  if (left <= 0 || run.stopped()) return;
  run.note(`Waiting ${Math.ceil(left / 1000)} s until a lost request to Chroma can no longer land`);
  await run.clock.sleep(left, run.signal);
  await sweep(run, context);
}

/** It stays for others, and its own metadata no longer names us. */
async function leave(run: IndexRun, database: LiveDatabase, collection: LiveCollection): Promise<void> {
  const found = await database.find(collection.name);
  if (found?.id !== collection.id || found.identity === undefined) return;
  const without = (ids: readonly string[]): string[] => ids.filter((id) => id !== run.manifestId);
  const { identity } = found;
  await run.sendFenced(() =>
    found.writeIdentity({
      ...identity,
      manifests: without(identity.manifests),
      protected: without(identity.protected),
    }),
  );
}
