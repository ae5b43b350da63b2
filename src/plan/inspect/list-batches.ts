/** Batches as they are recorded, the newest first; nothing else is looked at. */
import type { BatchReport } from '../../domain/batches.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { BatchRow } from '../../domain/state-rows.js';

export function listBatches(state: StateReader, manifestIds: readonly string[]): BatchReport[] {
  const landed = new Map(
    state.landedBatches().map((one) => [`${one.manifest_id}/${one.batch_id}`, one.inputs] as const),
  );
  const started = new Map<string, string>();
  for (const { run_id, started_at } of state.runs(Number.MAX_SAFE_INTEGER)) started.set(run_id, started_at);
  return manifestIds.flatMap((manifest_id) =>
    state.batches(manifest_id).map((row): BatchReport => {
      const reason = whyNot(row);
      return {
        manifest_id,
        batch_id: row.batch_id,
        mode: row.mode,
        first_run: row.first_run,
        last_run: row.last_run,
        applied_at: started.get(row.first_run) ?? null,
        documents: row.documents,
        sources: row.sources,
        landed: landed.get(`${manifest_id}/${row.batch_id}`) ?? 0,
        replay: reason === null ? 'available' : 'unavailable',
        reason,
      };
    }),
  );
}

/** A batch that brought nothing new is replayed as well: what live lost of older ones is mended with it. */
function whyNot({ sources }: BatchRow): string | null {
  return sources.some(({ landed }) => landed) ? null : 'its inputs are not in the landing store';
}
