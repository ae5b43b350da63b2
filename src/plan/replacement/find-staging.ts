/** The collection that takes a replaced one's place: what of it is already there, and whether it is of use. */
import { stagingName } from '../../domain/collection-names.js';
import { IngestError } from '../../domain/errors.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { PendingSwap } from './locate-live.js';

export interface Staging {
  /** Undefined until it is created. */
  readonly collection: LiveCollection | undefined;
  /** True when it is live already, with other indexes in it: then nothing is renamed. */
  readonly joins: boolean;
  /** One that was begun and is of no use: another recipe, or this state does not know what it holds. */
  readonly discard: LiveCollection | undefined;
  /** At another name: what has to give it away first. */
  readonly aside: LiveCollection | undefined;
}

export const NO_STAGING: Staging = {
  collection: undefined,
  joins: false,
  discard: undefined,
  aside: undefined,
};

/** @throws IngestError E409 when somebody else's collection has the name */
export async function findStaging(
  database: LiveDatabase,
  name: string,
  state: StateReader,
  recipe: string,
  moved: boolean,
  pending: PendingSwap | undefined,
): Promise<Staging> {
  const there = moved ? await database.find(name) : undefined;
  const aside = there !== undefined && isLeftOver(there, state, recipe) ? there : undefined;
  if (there !== undefined && aside === undefined) return { ...NO_STAGING, collection: there, joins: true };
  const found = await database.find(stagingName(name));
  // What a swap left under its building name is live, and what stands there in the next run is another.
  if (found === undefined || found.id === pending?.next.id) {
    return { ...NO_STAGING, aside };
  }
  if (found.identity === undefined || found.identity.lineage !== state.lineage) {
    throw new IngestError('E409', `collection "${found.name}" exists and does not belong to this state`, {
      kind: 'world',
      advice: `The new index is built under this name before it takes the place of "${name}". Rename or delete that collection.`,
    });
  }
  const known = state.collection(found.id)?.role === 'staging';
  const usable = known && found.identity.vector_recipe === recipe;
  return usable ? { ...NO_STAGING, aside, collection: found } : { ...NO_STAGING, aside, discard: found };
}

/** Ours from an earlier time, with another recipe, and nobody's any more: it gives its name away and is kept. */
function isLeftOver(there: LiveCollection, state: StateReader, recipe: string): boolean {
  if (there.identity?.lineage !== state.lineage || there.identity?.vector_recipe === recipe) return false;
  return !state.indexes().some((index) => index.collection_id === there.id);
}
