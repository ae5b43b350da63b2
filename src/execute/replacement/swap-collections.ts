/**
 * The swap: the new collection is declared live, the old one gives the name away, the new one takes it, and the
 * recorded pointer follows. Stopped anywhere, the collections' own metadata say how far it came (locate-live.ts).
 */
import { previousName, stagingName } from '../../domain/collection-names.js';
import { IngestError } from '../../domain/errors.js';
import type { LiveCollection, LiveDatabase } from '../../domain/ports/live.js';
import type { StateTransaction, StateWriter } from '../../domain/ports/state.js';
import type { CollectionIdentity, CollectionRole } from '../../domain/record.js';
import type { CollectionRow } from '../../domain/state-rows.js';
import { keptPrevious, surplusPrevious } from '../../plan/replacement/surplus-previous.js';
import type { IndexRun } from '../index-run.js';

export interface Swap {
  /** The name that searchers use. */
  readonly name: string;
  readonly next: LiveCollection;
  readonly row: CollectionRow;
  /** Undefined when it is gone, or stays where it is under its own name. */
  readonly old: LiveCollection | undefined;
  /** Recorded id of what is replaced, also when it is gone. */
  readonly oldId: string | undefined;
  /** What is replaced is not kept: its index is broken, and reading it may end Chroma. */
  readonly damaged: boolean;
  /** How many of the replaced ones stay afterwards. */
  readonly keep: number;
  /** What its own metadata shall say otherwise from now on. */
  readonly identity?: Partial<CollectionIdentity>;
  /** What is recorded in the transaction that moves the pointer. */
  readonly record: (tx: StateTransaction) => void;
}

/** @throws IngestError E409 when somebody else has one of the names: nothing is renamed then */
export async function swapCollections(
  run: IndexRun,
  database: LiveDatabase,
  writer: StateWriter,
  swap: Swap,
): Promise<void> {
  const { name, next, old } = swap;
  const away = old === undefined ? undefined : previousName(name, old.identity?.generation ?? 0);
  const facts = {
    collection: name,
    from: swap.oldId ?? null,
    to: next.id,
    kept_as: swap.damaged ? null : (away ?? null),
    ...(swap.damaged ? { damaged: true } : {}),
  };
  if (away !== undefined) await mustBeFree(database, away, old);
  const building = stagingName(name);
  const elsewhere = next.name !== name && next.name !== building;
  if (elsewhere) await mustBeFree(database, building, next);
  run.transaction((tx) => tx.append(run.event('SWAP_BEGIN', facts)));
  const live = { ...as('live', next), ...swap.identity };
  // Under the building name and live: from here it is decided, and whoever comes next finds it there.
  await send(run, () => (elsewhere ? next.rename(building, live) : next.writeIdentity(live)));
  if (old !== undefined && away !== undefined && old.name === name) {
    await send(run, () => old.rename(away, as('previous', old)));
  }
  if (next.name !== name) {
    await mustBeFree(database, name, next);
    await send(run, () => next.rename(name, live));
  }
  run.transaction((tx) => {
    const before = swap.oldId === undefined ? undefined : writer.collection(swap.oldId);
    tx.putCollection({ ...swap.row, role: 'live', retired_run: null });
    swap.record(tx);
    const used = writer.indexes().some((index) => index.collection_id === swap.oldId);
    if (before !== undefined && !used && before.collection_id !== next.id) {
      const retired = { role: 'previous', retired_run: run.runId, pinned: null } as const;
      if (old === undefined || old.id === before.collection_id) tx.putCollection({ ...before, ...retired });
      else {
        // Another one had taken its name: what was recorded is gone, and what is kept is the other.
        tx.dropCollection(before.collection_id);
        tx.putCollection({ ...unrecorded(old, before), ...retired });
      }
    }
    tx.append(run.event('SWAP_DONE', facts));
  });
  await forgetOlder(run, database, writer, swap.row, swap.keep);
}

/** Nobody knows which model made the vectors of a collection that no run of this state wrote. */
function unrecorded(old: LiveCollection, before: CollectionRow): CollectionRow {
  return {
    ...before,
    collection_id: old.id,
    space: old.space ?? before.space,
    dimension: old.dimension ?? null,
    vector_recipe: old.identity?.vector_recipe ?? '',
    embedding_fingerprint: '',
    generation: old.identity?.generation ?? 0,
    foreign_count: 0,
  };
}

/** The request is by id and says all that shall be, so that doing it twice is doing it once. */
async function send(run: IndexRun, request: () => Promise<void>): Promise<void> {
  // Not to be left half done because of a signal: what is between the renames is seen by every reader.
  await run.sendFenced(request, undefined, new AbortController().signal);
}

function as(role: CollectionRole, collection: LiveCollection): CollectionIdentity {
  if (collection.identity === undefined) throw new TypeError(`collection ${collection.id} has no identity`);
  return { ...collection.identity, role };
}

async function mustBeFree(
  database: LiveDatabase,
  name: string,
  by: LiveCollection | undefined,
): Promise<void> {
  const found = await database.find(name);
  if (found === undefined || found.id === by?.id) return;
  throw new IngestError('E409', `collection "${name}" stands in the way of the swap`, {
    kind: 'world',
    advice: 'Rename or delete it, then run again: what was built is kept, and only the swap is left.',
  });
}

/** Of those that were replaced the last ones stay; Chroma frees the space of the others when it is vacuumed. */
export async function forgetOlder(
  run: IndexRun,
  database: LiveDatabase,
  writer: StateWriter,
  live: Pick<CollectionRow, 'name' | 'target'>,
  keep: number,
): Promise<void> {
  // One that somebody deleted takes no place among those that are kept.
  for (const row of keptPrevious(writer, live.name, live.target)) {
    const found = await database.find(previousName(row.name, row.generation));
    if (found?.id !== row.collection_id) run.transaction((tx) => tx.dropCollection(row.collection_id));
  }
  const surplus = surplusPrevious(writer, live.name, live.target, keep, true);
  // Nothing is taken away unless what took its place is seen under the name.
  if (surplus.length === 0 || (await database.find(live.name))?.identity?.role !== 'live') return;
  for (const row of surplus) {
    const found = await database.find(previousName(row.name, row.generation));
    if (found?.id === row.collection_id) await send(run, () => database.remove(found));
    run.transaction((tx) => tx.dropCollection(row.collection_id));
  }
}
