/** Records that ingest did not write come along into the new collection, as they are. */
import type { LiveCollection, LiveRecord } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import { metadataHash } from '../../plan/live-view/compare-records.js';
import type { IndexRun } from '../index-run.js';

/** Afterwards the new collection has those of the old one as they are there now, and no others. */
export async function carryForeign(
  run: IndexRun,
  state: StateReader,
  old: LiveCollection,
  owned: ReadonlySet<string>,
): Promise<void> {
  await forgetGone(run, state, old, owned);
  for await (const { ids, records } of foreignIn(run, state, old, owned)) {
    const there = await run.collection.get(ids);
    const missing = ids.filter((id) => !there.has(id));
    // An upsert merges metadata: what its owner changed meanwhile is copied from nothing.
    const changed = ids.filter((id) => there.has(id) && !equal(there.get(id), records.get(id)));
    if (changed.length > 0) await send(run, () => run.collection.delete(changed));
    const copied = [...missing, ...changed];
    if (copied.length > 0) await send(run, () => run.collection.copyFrom(old, copied));
  }
}

/** What an earlier run copied and its owner deleted since. */
async function forgetGone(
  run: IndexRun,
  state: StateReader,
  old: LiveCollection,
  owned: ReadonlySet<string>,
): Promise<void> {
  const gone: string[] = [];
  for await (const { ids } of foreignIn(run, state, run.collection, owned)) {
    const existing = await old.existing(ids);
    gone.push(...ids.filter((id) => !existing.has(id)));
  }
  for (let i = 0; i < gone.length; i += run.maxRecords) {
    const part = gone.slice(i, i + run.maxRecords);
    await send(run, () => run.collection.delete(part));
  }
}

interface ForeignBatch {
  readonly ids: readonly string[];
  readonly records: ReadonlyMap<string, LiveRecord>;
}

/** Orphans of ours are nobody's, and stay behind. */
async function* foreignIn(
  run: IndexRun,
  state: StateReader,
  collection: LiveCollection,
  owned: ReadonlySet<string>,
): AsyncGenerator<ForeignBatch> {
  for await (const page of collection.ids()) {
    const unknown = page.filter((id) => state.chunk(collection.id, id) === undefined);
    for (let i = 0; i < unknown.length; i += run.maxRecords) {
      const records = await collection.get(unknown.slice(i, i + run.maxRecords));
      const ids = [...records.values()].flatMap(({ id, metadata }) => {
        const owner = metadata['ingest_manifest_id'];
        return typeof owner === 'string' && owned.has(owner) ? [] : [id];
      });
      if (ids.length > 0) yield { ids, records };
    }
  }
}

function equal(a: LiveRecord | undefined, b: LiveRecord | undefined): boolean {
  return a?.text === b?.text && metadataHash(a?.metadata ?? {}) === metadataHash(b?.metadata ?? {});
}

/** Not ours, so no intents: it is looked at again before every swap, and done twice is done once. */
async function send(run: IndexRun, request: () => Promise<void>): Promise<void> {
  run.signal.throwIfAborted();
  await run.sendFenced(request);
}
