/** Records that ingest did not write come along into the new collection, as they are. */
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { IndexRun } from '../index-run.js';
import { sendWrite } from '../send-writes.js';

/** Those of the old collection that are not there yet. Returns how many the new one has of them now. */
export async function carryForeign(
  run: IndexRun,
  state: StateReader,
  old: LiveCollection,
  owned: ReadonlySet<string>,
): Promise<number> {
  let carried = 0;
  let batch: string[] = [];
  const send = async (): Promise<void> => {
    const ids = batch;
    batch = [];
    if (ids.length === 0) return;
    const existing = await run.collection.existing(ids);
    const missing = ids.filter((id) => !existing.has(id));
    carried += ids.length;
    if (missing.length === 0) return;
    run.signal.throwIfAborted();
    // Not ours, so no intents: a copy is looked for again before every swap, and done twice is done once.
    await sendWrite(
      () => {
        run.assertHeld();
        return run.collection.copyFrom(old, missing);
      },
      () => {},
      run.clock,
      run.signal,
    );
  };
  for await (const page of old.ids()) {
    const unknown = page.filter((id) => state.chunk(old.id, id) === undefined);
    for (let i = 0; i < unknown.length; i += run.maxRecords) {
      const records = await old.get(unknown.slice(i, i + run.maxRecords));
      for (const { id, metadata } of records.values()) {
        const owner = metadata['ingest_manifest_id'];
        // Orphans of ours are nobody's, and stay behind.
        if (typeof owner === 'string' && owned.has(owner)) continue;
        batch.push(id);
        if (batch.length >= run.maxRecords) await send();
      }
    }
  }
  await send();
  return carried;
}
