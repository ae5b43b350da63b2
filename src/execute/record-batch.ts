/** Which input a run applied: written once it is in the index as a whole, whether it is landed or not. */
import type { IndexHeader } from '../domain/plan.js';
import type { StateTransaction } from '../domain/ports/state.js';
import type { BatchRow } from '../domain/state-rows.js';
import type { PlanContext } from '../plan/plan-context.js';

/** A replay is of a batch that is recorded already: when it came is what tells newer documents from its own. */
export function recordBatch(
  tx: StateTransaction,
  runId: string,
  { manifest, options }: PlanContext,
  { batch_id, sources }: Pick<IndexHeader, 'batch_id' | 'sources'>,
): void {
  const mode: BatchRow['mode'] = options.input === undefined ? 'apply' : options.input.verb;
  if (mode === 'replay') return;
  const read = sources.filter(({ listing }) => listing !== 'none');
  tx.putBatch(manifest.manifest_id, {
    batch_id,
    mode,
    sources: read.map(({ source_id, fingerprint, cursor, replay }) => ({
      source_id,
      fingerprint,
      window: cursor?.window ?? null,
      landed: replay === 'available',
    })),
    documents: read.reduce((sum, { documents }) => sum + documents, 0),
    first_run: runId,
    last_run: runId,
  });
}
