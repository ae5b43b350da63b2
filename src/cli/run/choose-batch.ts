/** Which batch a replay is of. */
import type { BatchReport } from '../../domain/batches.js';
import { IngestError } from '../../domain/errors.js';

/** By id or unambiguous prefix. @throws IngestError E613 for one that is not on record, or cannot be read again */
export function chooseBatch(batches: readonly BatchReport[], wanted: string): BatchReport {
  const found = batches.filter(({ batch_id }) => batch_id.startsWith(wanted.toLowerCase()));
  const [batch, ...others] = found;
  if (batch === undefined || others.length > 0) {
    const what = batch === undefined ? 'no batch' : `${found.length} batches`;
    throw new IngestError('E613', `${what} on record with an id that begins with ${wanted}`, {
      kind: 'input',
      advice:
        batch === undefined
          ? '`ingest replay` without an id lists those that are, `ingest runs --json` which run had which.'
          : `Say more of it: ${found.map(({ batch_id }) => batch_id.slice(0, 16)).join(', ')}.`,
    });
  }
  if (batch.replay === 'unavailable') {
    throw new IngestError('E613', `batch ${batch.batch_id.slice(0, 8)} cannot be replayed: ${batch.reason}`, {
      kind: 'input',
      advice:
        'Set `landing: true` for its sources, and later batches can be. What a source has now, apply reads; a past window of a source with a cursor, backfill.',
    });
  }
  return batch;
}
