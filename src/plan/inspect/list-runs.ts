/** Runs as they are recorded, the newest first, each with the input that it worked on. */
import type { StateReader } from '../../domain/ports/state.js';
import type { ListedRun } from '../../domain/state-reports.js';

export function* listRuns(state: StateReader, limit: number): Generator<ListedRun> {
  for (const run of state.runs(limit)) yield { ...run, batches: batchesOf(state, run.run_id) };
}

/** As its RUN_START says them. */
function batchesOf(state: StateReader, runId: string): ListedRun['batches'] {
  for (const { data } of state.runEvents(runId, ['RUN_START'])) {
    const { batches = [] } = data as { readonly batches?: ListedRun['batches'] };
    return batches.map(({ manifest_id, batch_id }) => ({ manifest_id, batch_id }));
  }
  return [];
}
