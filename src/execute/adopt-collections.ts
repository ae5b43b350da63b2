/**
 * Takes collections of another state over: first what they hold is recorded, then their metadata names this state.
 * Stopped in between they still name the other one, and the same is simply done again.
 */
import { previousName, stagingName } from '../domain/collection-names.js';
import { IngestError } from '../domain/errors.js';
import type { Clock } from '../domain/ports/clock.js';
import type { LiveCollection, LiveDatabase } from '../domain/ports/live.js';
import type { StateTransaction } from '../domain/ports/state.js';
import type { RebuiltIndex } from '../domain/state-reports.js';
import type { CollectionRow } from '../domain/state-rows.js';
import type { LiveState } from '../plan/rebuild/read-live-state.js';
import type { HeldWriter } from './index-run.js';
import { type RebuildFacts, recordAdopted } from './record-rebuilt.js';
import { sendWrite } from './send-writes.js';

export interface AdoptPorts {
  readonly writer: HeldWriter;
  readonly database: LiveDatabase;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @throws IngestError E508 when a run wrote to them since they were read: nothing was changed then */
export async function adoptCollections(
  { writer, database, clock, signal }: AdoptPorts,
  found: LiveState,
  facts: RebuildFacts,
  record: (tx: StateTransaction, adopted: readonly RebuiltIndex[]) => void,
): Promise<readonly RebuiltIndex[]> {
  const live: LiveCollection[] = [];
  for (const row of found.collections) live.push(await sameAsRead(database, row, found));
  signal.throwIfAborted();
  const adopted = writer.transaction((tx) => {
    const indexes = recordAdopted(tx, found, facts);
    record(tx, indexes);
    return indexes;
  });
  // The live one last: as long as it names the other state, the next adopt finds all of them.
  for (const collection of live.toReversed()) {
    const { identity } = collection;
    if (identity === undefined || identity.lineage === writer.lineage) continue;
    const rename = (): Promise<void> => {
      writer.assertHeld();
      return collection.writeIdentity({ ...identity, lineage: writer.lineage });
    };
    await sendWrite(
      rename,
      () => {},
      () => collection.answers(),
      clock,
      signal,
    );
  }
  return adopted;
}

async function sameAsRead(
  database: LiveDatabase,
  { collection_id, name, generation }: CollectionRow,
  { runs }: LiveState,
): Promise<LiveCollection> {
  for (const one of [name, stagingName(name), previousName(name, generation)]) {
    const found = await database.find(one);
    if (found?.id !== collection_id) continue;
    const last = found.identity?.last_run ?? null;
    if (last === null || runs.includes(last)) return found;
  }
  throw new IngestError('E508', `collection "${name}" was written to while it was read`, {
    kind: 'world',
    advice: 'Nothing was changed. Stop what writes with the other state, then adopt again.',
  });
}
