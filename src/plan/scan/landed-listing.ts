/** The landed inputs of one batch, listed as a source lists its own. What is not among them nobody has looked for. */
import type { DocumentEntry } from '../../domain/document.js';
import { sourceIdOf } from '../../domain/identity.js';
import type { Source } from '../../domain/ports/source.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { BatchRow, LandedRow } from '../../domain/state-rows.js';

/** The batch that a plan takes its input from. */
export interface ReplayedBatch {
  readonly batch: BatchRow;
  /** No other batch was applied after it. */
  readonly newest: boolean;
}

/** Undefined: this manifest never had such a batch. */
export function findBatch(
  state: Pick<StateReader, 'batches' | 'index'>,
  manifestId: string,
  batchId: string,
): ReplayedBatch | undefined {
  const batches = state.batches(manifestId);
  const batch = batches.find((one) => one.batch_id === batchId);
  if (batch === undefined) return undefined;
  const last = batches.reduce((a, b) => (b.last_run > a.last_run ? b : a), batch);
  return { batch, newest: last.batch_id === batchId && state.index(manifestId)?.batch_id !== null };
}

export function landedListing(
  source: Source,
  state: Pick<StateReader, 'landed'>,
  manifestId: string,
  batchId: string,
): Pick<Source, 'list' | 'lists'> {
  return {
    async *list(signal) {
      for (const row of state.landed(manifestId, batchId)) {
        signal.throwIfAborted();
        if (sourceIdOf(row.uri) === source.id) yield landedEntry(source, row);
      }
    },
  };
}

/** How it is read again, without its source. */
export function landedEntry({ parser }: Pick<Source, 'parser'>, row: LandedRow): DocumentEntry {
  const { uri, path, content_sha256, version, blob, form } = row;
  return {
    kind: 'document',
    uri,
    path,
    parser: parser ?? row.parser,
    stat: null,
    content_sha256,
    ...(version === null ? {} : { version }),
    landed: { blob, form },
  };
}
