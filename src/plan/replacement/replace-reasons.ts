/** Why an index must be built anew beside the old one, as far as the recorded state tells. */
import { vectorRecipe } from '../../domain/identity.js';
import type { Manifest } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { CollectionRow, IndexRow } from '../../domain/state-rows.js';

/** Empty when it need not. `unsearchable` is live's to say, and added by who looked. */
export function replaceReasons(
  manifest: Manifest,
  collection: CollectionRow | undefined,
  fingerprint: string,
  targetId: string,
): string[] {
  if (collection === undefined) return [];
  const reasons: string[] = [];
  if (collection.target !== targetId || collection.name !== manifest.target.collection)
    reasons.push('target');
  if (collection.embedding_fingerprint !== fingerprint) reasons.push('embedding');
  if (collection.space !== manifest.target.space) reasons.push('space');
  return reasons;
}

/** The recorded collection of this index, or, before its first apply, of those that it will share one with. */
export function recordedCollection(
  state: StateReader,
  manifest: Manifest,
  index: IndexRow | undefined,
  targetId: string,
): CollectionRow | undefined {
  if (index !== undefined) return state.collection(index.collection_id);
  return state
    .indexes()
    .map((other) => state.collection(other.collection_id))
    .find((row) => row?.name === manifest.target.collection && row.target === targetId);
}

export function wantedRecipe(manifest: Manifest, fingerprint: string): string {
  return vectorRecipe(fingerprint, manifest.target.space);
}
