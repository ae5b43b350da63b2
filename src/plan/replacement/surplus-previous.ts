/** Of the collections that were replaced some stay, for a way back; those beyond are surplus. */
import { recordedKeepPrevious } from '../../diff/policy-changes.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import { compareUtf8 } from '../../domain/text.js';

/** What was replaced under this name, the last one first: after a rollback that need not be the newest. */
export function keptPrevious(state: StateReader, name: string, target: string): readonly CollectionRow[] {
  return state
    .collections()
    .filter((row) => row.role === 'previous' && row.name === name && row.target === target)
    .sort((a, b) => compareUtf8(b.retired_run ?? '', a.retired_run ?? '') || b.generation - a.generation);
}

/**
 * Beyond what is kept, and those that were left as damaged: nobody goes back to them. `mayBeDamaged`: a run was stopped
 * since the last good one, or is ending a swap; else none is left, and the journal need not be asked.
 */
export function surplusPrevious(
  state: StateReader,
  name: string,
  target: string,
  keep: number,
  mayBeDamaged: boolean,
): readonly CollectionRow[] {
  const previous = keptPrevious(state, name, target);
  const damaged = mayBeDamaged ? previous.filter((row) => wasLeftDamaged(state, row)) : [];
  const sound = previous.filter((row) => !damaged.includes(row));
  return [...damaged, ...sound.slice(keep)];
}

/**
 * Whether the swap that replaced it said so. In the journal, as the run may be stopped between the swap and the
 * deletion, and what a damaged collection says of itself should not be asked for. Walks the journal back to that swap.
 */
export function wasLeftDamaged(
  state: StateReader,
  { collection_id, name }: Pick<CollectionRow, 'collection_id' | 'name'>,
): boolean {
  for (const { manifest_id, collection_id: live } of state.indexes()) {
    if (state.collection(live)?.name !== name) continue;
    for (const { data } of state.latestEvents('SWAP_BEGIN', manifest_id)) {
      if (data['from'] === collection_id) return data['damaged'] === true;
    }
  }
  return false;
}

/** Of manifests that share a collection the one that keeps most decides; for those not loaded, what is recorded. */
export function previousToKeep(desired: DesiredState, manifest: Manifest, state: StateReader): number {
  const sharing = desired.manifests.filter(
    (other) =>
      other.target.collection === manifest.target.collection && other.target.kind === manifest.target.kind,
  );
  const loaded = new Set(desired.manifests.map((other) => other.manifest_id));
  const collectionId = state.index(manifest.manifest_id)?.collection_id;
  const recorded = state
    .indexes()
    .filter((index) => index.collection_id === collectionId && !loaded.has(index.manifest_id))
    .map((index) => recordedKeepPrevious(index.policy));
  return Math.max(
    manifest.policy.keep_previous,
    ...sharing.map((other) => other.policy.keep_previous),
    ...recorded,
  );
}

/** Of all that are known, 0 without any: after a rollback a kept one is newer than the live one. */
export function newestGeneration(state: StateReader, name: string, target: string): number {
  const known = state.collections().filter((row) => row.name === name && row.target === target);
  return Math.max(0, ...known.map((row) => row.generation));
}
