/** Every collection that holds, or was made for, the records of one manifest: live, being built, or replaced. */
import { previousName, stagingName } from '../../domain/collection-names.js';
import type { Manifest } from '../../domain/manifest.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { CollectionRow } from '../../domain/state-rows.js';

export interface FoundCollections {
  /** The one that the index is recorded in first, where it is there. */
  readonly ours: readonly LiveCollection[];
  /** Has the name, and is somebody else's. */
  readonly stranger: LiveCollection | undefined;
}

/** Recorded collections that hold something of this manifest, or have its collection's name. */
export function recordedFor(state: StateReader, { manifest_id, target }: Manifest): CollectionRow[] {
  const index = state.index(manifest_id);
  return state.collections().filter((row) => {
    const { collection_id: id } = row;
    if (id === index?.collection_id || state.counts(id, manifest_id).documents > 0) return true;
    const intents = state.intentCounts(id, manifest_id);
    if (intents.open + intents.confirmed + intents.unknown + intents.unsettled > 0) return true;
    // Begun, and nothing in it yet. Of an index that was never recorded the name alone tells nothing.
    return row.name === target.collection && row.role !== 'live' && index !== undefined;
  });
}

export async function findDoomed(
  database: LiveDatabase,
  state: StateReader,
  manifest: Manifest,
): Promise<FoundCollections> {
  const { manifest_id: id, target } = manifest;
  const rows = recordedFor(state, manifest).filter((row) => row.target === database.targetId);
  const names = new Set([target.collection, stagingName(target.collection)]);
  for (const row of rows) {
    names.add(row.name).add(stagingName(row.name)).add(previousName(row.name, row.generation));
  }
  const ours: LiveCollection[] = [];
  let stranger: LiveCollection | undefined;
  const recorded = new Set(rows.map((row) => row.collection_id));
  for (const name of names) {
    const found = await database.find(name);
    if (found === undefined) continue;
    const { identity } = found;
    if (identity === undefined || identity.lineage !== state.lineage) {
      if (name === target.collection) stranger = found;
    } else if (identity.manifests.includes(id) || recorded.has(found.id)) ours.push(found);
  }
  const main = state.index(id)?.collection_id;
  return { ours: ours.toSorted((a, b) => Number(b.id === main) - Number(a.id === main)), stranger };
}
