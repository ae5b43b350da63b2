/** Ids of the batch written last: the part of the search index most likely to be hurt. */

import type { StateReader } from '../../domain/ports/state.js';
import { readCounters } from '../../domain/run-counters.js';
import type { IndexRow } from '../../domain/state-rows.js';

export function lastBatchOf(state: StateReader, index: IndexRow | undefined): readonly string[] {
  if (index === undefined || index.last_run === null) return [];
  return readCounters(state.run(index.last_run)).last_batch?.[index.manifest_id] ?? [];
}
