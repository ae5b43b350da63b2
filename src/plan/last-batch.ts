/** Ids of the batch written last: the part of the search index most likely to be hurt. */
import type { IndexRow, StateReader } from '../domain/ports/state.js';

export function lastBatchOf(state: StateReader, index: IndexRow | undefined): readonly string[] {
  if (index === undefined || index.last_run === null) return [];
  let sample: readonly string[] = [];
  for (const event of state.journal(index.last_run, 0)) {
    if (event.type !== 'UPSERT_BATCH_COMMITTED' || event.manifest_id !== index.manifest_id) continue;
    const ids = event.data['sample_ids'];
    if (Array.isArray(ids)) sample = ids.filter((id): id is string => typeof id === 'string');
  }
  return sample;
}
