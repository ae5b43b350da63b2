/** Finishes a swap that an earlier run began: what it had declared live takes its name, and the pointer follows. */
import type { LiveDatabase } from '../../domain/ports/live.js';
import type { StateWriter } from '../../domain/ports/state.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import type { PlanContext } from '../../plan/plan-context.js';
import { wantedRecipe } from '../../plan/replacement/replace-reasons.js';
import { wasLeftDamaged } from '../../plan/replacement/surplus-previous.js';
import type { IndexRun } from '../index-run.js';
import { NOT_RETIRED } from '../open-collection.js';
import { swapCollections } from './swap-collections.js';

export async function finishSwap(
  run: IndexRun,
  database: LiveDatabase,
  writer: StateWriter,
  { manifest, pending, keepPrevious }: Pick<PlanContext, 'manifest' | 'pending' | 'keepPrevious'>,
  fingerprint: string,
): Promise<void> {
  if (pending === undefined) return;
  const oldId = writer.index(manifest.manifest_id)?.collection_id;
  // Another index of the same collection was applied before this one, and finished it for both.
  const found = await database.find(manifest.target.collection);
  if (oldId === pending.next.id && found?.id === oldId) return;
  const { next, old } = pending;
  const name = manifest.target.collection;
  const recipe = next.identity?.vector_recipe ?? '';
  const recorded = writer.collection(next.id);
  const pinned = next.identity?.pinned ?? null;
  // A way back that was taken leaves the way forward open.
  const back = recorded?.role === 'previous' || pinned !== null;
  const row: CollectionRow = recorded ?? {
    collection_id: next.id,
    name,
    target: database.targetId,
    space: next.space ?? manifest.target.space,
    dimension: next.dimension ?? null,
    vector_recipe: recipe,
    // A state that does not know it cannot tell the model of another recipe: then the index is built anew.
    embedding_fingerprint: recipe === wantedRecipe(manifest, fingerprint) ? fingerprint : '',
    generation: next.identity?.generation ?? 0,
    foreign_count: 0,
    role: 'live',
    ...NOT_RETIRED,
  };
  await swapCollections(run, database, writer, {
    name,
    next,
    row: { ...row, pinned },
    old,
    oldId,
    damaged: oldId !== undefined && wasLeftDamaged(writer, { collection_id: oldId, name }),
    keep: back ? Number.POSITIVE_INFINITY : keepPrevious,
    record: (tx) => {
      for (const index of writer.indexes()) {
        if (index.collection_id !== oldId) continue;
        // Which batch was in what comes back is not known; the next apply says it.
        tx.putIndex({ ...index, collection_id: next.id, batch_id: back ? null : index.batch_id });
      }
    },
  });
}
