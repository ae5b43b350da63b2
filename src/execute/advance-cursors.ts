/** Where the next increments start: recorded only at the end of a complete run that confirmed all it wrote. */
import { earlier } from '../domain/cursor.js';
import type { IndexHeader } from '../domain/plan.js';
import type { StateTransaction } from '../domain/ports/state.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';

export function advanceCursors(
  tx: StateTransaction,
  run: IndexRun,
  { manifest }: PlanContext,
  { sources, batch_id }: Pick<IndexHeader, 'sources' | 'batch_id'>,
): void {
  const at = new Date(run.now()).toISOString();
  for (const { source_id, cursor: seen } of sources) {
    const spec = manifest.sources.find(({ id }) => id === source_id)?.load.cursor;
    if (spec === undefined || seen === null || seen.to === null || seen.held !== null) continue;
    const watermark = earlier(spec.type, seen.to, spec.lateness);
    tx.putCursor(manifest.manifest_id, {
      source_id,
      field: spec.field,
      type: spec.type,
      cursor: seen.to,
      watermark,
      checkpoint: batch_id,
      run_id: run.runId,
      updated_at: at,
    });
    if (seen.to === seen.from) continue;
    const { field, window, from, to } = seen;
    tx.append(run.event('CURSOR_ADVANCED', { source_id, field, from, to, watermark, window, batch_id }));
  }
}
