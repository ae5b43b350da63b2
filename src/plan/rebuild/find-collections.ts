/** The collections of one target that may be ours: the live one, what is built beside it, and what it replaced. */
import { previousName, stagingName } from '../../domain/collection-names.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { CollectionIdentity, CollectionRole } from '../../domain/record.js';

export interface FoundCollection {
  readonly collection: LiveCollection;
  readonly identity: CollectionIdentity;
  /** As it is to be recorded: between the renames of a swap the metadata is ahead of the recorded pointer. */
  readonly role: CollectionRole;
}

export interface FoundCollections {
  /** What searchers find, or will find once a swap is finished; undefined when there is none of ours. */
  readonly pointer: FoundCollection | undefined;
  /** All of them, the pointer included. */
  readonly all: readonly FoundCollection[];
  /** A collection under the name itself that carries no identity of ingest. */
  readonly stranger: LiveCollection | undefined;
}

/** Generations on either side of the live one that are asked for: Chroma cannot be asked for names by their beginning. */
const REACH = 10;

export async function findCollections(database: LiveDatabase, name: string): Promise<FoundCollections> {
  const live = await database.find(name);
  const staging = await database.find(stagingName(name));
  const at = as(live, 'live');
  const beside = as(staging, 'staging');
  const lineage = at?.identity.lineage ?? beside?.identity.lineage;
  const generation = at?.identity.generation ?? beside?.identity.generation ?? 0;
  const previous: FoundCollection[] = [];
  const from = Math.max(0, generation - REACH);
  const names = Array.from({ length: generation + REACH - from + 1 }, (_, i) => previousName(name, from + i));
  for (const found of await Promise.all(names.map((one) => database.find(one)))) {
    const kept = as(found, 'previous');
    if (kept !== undefined && (lineage === undefined || kept.identity.lineage === lineage))
      previous.push(kept);
  }
  // Between the two renames of a swap nothing has the name, and what was built says that it is live.
  const swapping = live === undefined && beside?.identity.role === 'live' ? beside : undefined;
  return {
    pointer: at ?? swapping,
    all: [at, beside, ...previous].filter((one) => one !== undefined),
    stranger: at === undefined ? live : undefined,
  };
}

function as(collection: LiveCollection | undefined, role: CollectionRole): FoundCollection | undefined {
  if (collection?.identity === undefined) return undefined;
  return { collection, identity: collection.identity, role };
}
