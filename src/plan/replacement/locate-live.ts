/**
 * Where an index's live collection is: under its name, or, between the two renames of a swap, still under the
 * name that it was built with. Told by the collections' own metadata, so that it needs no recorded state.
 */
import { previousName, stagingName } from '../../domain/collection-names.js';
import { IngestError } from '../../domain/errors.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { IndexRow } from '../../domain/state-rows.js';
import { endedWell } from '../live-view/mark-unfinished.js';

/** A new collection was built, verified and declared live; what is left are renames and the pointer. */
export interface PendingSwap {
  readonly next: LiveCollection;
  /** Still under the name; undefined when it was renamed already or is gone. */
  readonly old: LiveCollection | undefined;
}

export interface LiveLocation {
  /** What searchers see, or will see once the swap is finished. */
  readonly collection: LiveCollection | undefined;
  readonly pending: PendingSwap | undefined;
}

export async function locateLive(
  database: LiveDatabase,
  name: string,
  state: StateReader,
  index: IndexRow | undefined,
): Promise<LiveLocation> {
  const live = await database.find(name);
  if (!mayBeSwapping(state, live, name, database.targetId, index)) {
    if (live === undefined) refuseStrangersSwap(state, name, await database.find(stagingName(name)));
    return { collection: live, pending: undefined };
  }
  const recorded = live === undefined ? undefined : state.collection(live.id);
  const waiting = recorded?.role === 'staging' || recorded?.role === 'previous';
  if (live !== undefined && waiting && live.identity?.role === 'live') {
    return { collection: live, pending: { next: live, old: undefined } };
  }
  const renamed = live === undefined ? await renamedAway(database, name, state, index) : undefined;
  const next = await database.find(stagingName(name));
  if (next?.identity?.role !== 'live' || next.identity.lineage !== state.lineage) {
    if (live === undefined && renamed === undefined) refuseStrangersSwap(state, name, next);
    if (renamed !== undefined) return { collection: renamed, pending: { next: renamed, old: undefined } };
    return { collection: live, pending: undefined };
  }
  if (live !== undefined && live.identity?.lineage !== state.lineage) throw squatter(name, next.name);
  return { collection: next, pending: { next, old: live } };
}

/** A request of a swap that was given up may land late: the recorded collection has lost its name to nobody. */
async function renamedAway(
  database: LiveDatabase,
  name: string,
  state: StateReader,
  index: IndexRow | undefined,
): Promise<LiveCollection | undefined> {
  const row = index && state.collection(index.collection_id);
  if (row?.name !== name || row.target !== database.targetId) return undefined;
  const found = await database.find(previousName(name, row.generation));
  return found?.id === row.collection_id && found.identity?.lineage === state.lineage ? found : undefined;
}

/** The index as it is recorded once the swap is finished. */
export function afterSwap(
  index: IndexRow | undefined,
  pending: PendingSwap | undefined,
): IndexRow | undefined {
  if (index === undefined || pending === undefined) return index;
  return { ...index, collection_id: pending.next.id };
}

/** Looked for only where something is odd: a plan without changes asks Chroma nothing more. */
function mayBeSwapping(
  state: StateReader,
  live: LiveCollection | undefined,
  name: string,
  target: string,
  index: IndexRow | undefined,
): boolean {
  if (state.lineage === undefined) return false;
  if (live === undefined || live.id !== index?.collection_id || !endedWell(index)) return true;
  return stagingRow(state, name, target) !== undefined;
}

/** The collection that the state records as being built for this name. */
export function stagingRow(state: StateReader, name: string, target: string) {
  return state
    .collections()
    .find((row) => row.role === 'staging' && row.name === name && row.target === target);
}

/**
 * Whoever lost the state between the renames finds no collection of the name, and must not begin another one:
 * the index is there, whole, and only waits to be renamed.
 */
function refuseStrangersSwap(state: StateReader, name: string, next: LiveCollection | undefined): void {
  if (next?.identity?.role !== 'live' || next.identity.lineage === state.lineage) return;
  throw new IngestError(
    'E403',
    `collection "${next.name}" is about to become "${name}", and does not belong to this state`,
    {
      kind: 'input',
      advice:
        'Nothing was changed. A swap was stopped half way. Use the state folder that built the collection; if it is lost, `ingest state rebuild` makes one from the collections, and the next apply finishes the swap.',
    },
  );
}

function squatter(name: string, next: string): IngestError {
  return new IngestError(
    'E409',
    `collection "${name}" was created by somebody else in the middle of a swap`,
    {
      kind: 'world',
      advice: `Rename or delete it; the new index waits as "${next}", and the next apply finishes the swap.`,
    },
  );
}
