/** The last wave: documents that are gone, orphans that nothing explains, and what rejects left behind. */
import type { Change } from '../domain/plan.js';
import { writtenRows } from '../plan/changes/base-of-document.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';
import { type KeptVersion, readKept, recordKept } from './keep-old-version.js';
import { recordsToDelete } from './prepare-work.js';

/** Records per wave; a wave is one or a few requests and one transaction. */
const WAVE = 1000;
/** Its input is still there, and makes no document any more. */
const SKIPPED: ReadonlySet<string> = new Set(['emptied', 'unsupported']);

export async function deleteStale(
  run: IndexRun,
  context: PlanContext,
  changes: Iterable<Change>,
): Promise<void> {
  let wave: { change: Change; ids: string[] }[] = [];
  let size = 0;
  let begun = false;
  const send = async (): Promise<void> => {
    if (wave.length === 0 || run.stopped()) return;
    if (!begun) run.transaction((tx) => tx.append(run.event('DELETE_STALE_BEGIN', {})));
    begun = true;
    await sendWave(run, context, wave);
    wave = [];
    size = 0;
  };
  for (const change of changes) {
    if (run.stopped()) return;
    const recorded = writtenRows(context, change.uri).map((row) => row.chunk_id);
    const keeps = change.action === 'reject' && change.before !== null;
    const ids = await recordsToDelete(context, run.collection, keeps ? [] : recorded, change.uri);
    wave.push({ change, ids: keeps ? without(ids, recorded) : ids });
    size += ids.length + 1;
    if (size >= WAVE) await send();
  }
  await send();
  if (begun && !run.stopped())
    run.transaction((tx) => tx.append(run.event('DELETE_STALE_DONE', { documents: run.done.delete })));
}

/** The last good version of a rejected document stays. */
function without(ids: readonly string[], kept: readonly string[]): string[] {
  const stays = new Set(kept);
  return ids.filter((id) => !stays.has(id));
}

async function sendWave(
  run: IndexRun,
  context: PlanContext,
  wave: readonly { change: Change; ids: string[] }[],
): Promise<void> {
  const byUri = new Map(
    wave.filter((item) => item.ids.length > 0).map((item) => [item.change.uri, item.ids]),
  );
  await run.deleteRecords(byUri);
  const kept = new Map<string, KeptVersion>();
  for (const { change } of wave) {
    if (change.action === 'reject' && change.before !== null)
      kept.set(change.uri, await readKept(run, context, change.uri));
  }
  run.transaction((tx) => {
    for (const { change } of wave) {
      const old = kept.get(change.uri);
      if (old !== undefined) recordKept(tx, run, change.uri, old);
      // Also a document that only a begun replacement holds.
      else tx.deleteDocument(run.collection.id, run.manifestId, change.uri);
      if (change.action === 'delete') {
        const skipped = change.reasons.find((reason) => SKIPPED.has(reason));
        if (skipped !== undefined) {
          tx.append(run.event('DOC_SKIPPED', { uri: change.uri, reason: skipped }));
        }
        // A refused version that is still there stays known; one that is gone is not.
        if (change.after === null) tx.deleteReject(run.manifestId, change.uri);
      }
      tx.clearIntents(run.collection.id, run.manifestId, change.uri, run.now());
      if (change.action === 'repair')
        tx.append(run.event('REPAIR_DONE', { uri: change.uri, removed: change.chunks.delete }));
    }
    run.recorder.add({ documents_done: wave.filter((item) => item.change.action !== 'reject').length });
    run.saveRun(tx);
  });
  for (const { change } of wave) run.applied(change);
  run.progress();
}
