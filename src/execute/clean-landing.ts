/**
 * `state gc`: what of the landing store nobody needs any more. Rows go before the files that they name, so that a kill
 * in between leaves files without rows, which the next run finds, and never rows without files.
 */
import type { LandedFile, LandingFiles } from '../domain/ports/landing.js';
import type { StateReader, StateWriter } from '../domain/ports/state.js';
import type { LandingGarbage } from '../domain/state-reports.js';
import type { LandedPlace, LandedRow } from '../domain/state-rows.js';

/** Which batches are old; both must say so where both are given. Neither: none is. */
export interface CleanLanding {
  /** So many of the newest of each index stay. */
  readonly keepBatches: number | undefined;
  /** ISO 8601; those that were landed last before this. */
  readonly before: string | undefined;
}

export type Cleaning = LandingGarbage & { readonly old: readonly LandedPlace[] };

const PAGE = 500;

export function findGarbage(state: StateReader, store: LandingFiles, request: CleanLanding): Cleaning {
  const old = oldBatches(state, request);
  const dropped = isDropped(state, old);
  let inputs = 0;
  let needed = 0;
  for (const { manifest_id, batch_id } of old) {
    for (const row of state.landed(manifest_id, batch_id)) {
      if (dropped({ ...row, manifest_id, batch_id })) inputs++;
      else needed++;
    }
  }
  let files = 0;
  let bytes = 0;
  for (const file of store.files()) {
    if (!isUnnamed(state, file, dropped)) continue;
    files++;
    bytes += file.bytes;
  }
  return { batches: old.length, inputs, needed, files, bytes, old };
}

/** Of the batches that were shown. The batch stays on record, as one that cannot be replayed. */
export function dropGarbage(writer: StateWriter, old: readonly LandedPlace[]): void {
  const dropped = isDropped(writer, old);
  for (const { manifest_id, batch_id } of old) {
    const batch = writer.batches(manifest_id).find((one) => one.batch_id === batch_id);
    const uris: string[] = [];
    for (const row of writer.landed(manifest_id, batch_id)) {
      if (dropped({ ...row, manifest_id, batch_id })) uris.push(row.uri);
    }
    for (let i = 0; i < uris.length; i += PAGE) {
      const part = uris.slice(i, i + PAGE);
      writer.transaction((tx) => {
        // First of all: half a batch is not to be taken for one.
        if (batch !== undefined) {
          const sources = batch.sources.map((source) => ({ ...source, landed: false }));
          tx.putBatch(manifest_id, { ...batch, sources });
        }
        tx.dropLanded(manifest_id, batch_id, part);
      });
    }
  }
}

/** Whatever no row names now. Answers with what went. */
export function deleteUnnamed(
  writer: StateWriter & { assertHeld(): void },
  store: LandingFiles,
  signal: AbortSignal,
): Pick<LandingGarbage, 'files' | 'bytes'> {
  let files = 0;
  let bytes = 0;
  for (const file of store.files()) {
    signal.throwIfAborted();
    if (!isUnnamed(writer, file, () => false)) continue;
    // Another run may have taken the lease and be landing this very input.
    writer.assertHeld();
    store.delete(file);
    files++;
    bytes += file.bytes;
  }
  return { files, bytes };
}

function oldBatches(state: StateReader, { keepBatches, before }: CleanLanding): LandedPlace[] {
  if (keepBatches === undefined && before === undefined) return [];
  const seen = new Map<string, number>();
  const started = new Map(state.runs(Number.MAX_SAFE_INTEGER).map((run) => [run.run_id, run.started_at]));
  return state.landedBatches().filter(({ manifest_id, run_id }) => {
    const newer = seen.get(manifest_id) ?? 0;
    seen.set(manifest_id, newer + 1);
    const beyond = keepBatches === undefined || newer >= keepBatches;
    const at = started.get(run_id);
    return beyond && (before === undefined || at === undefined || at < before);
  });
}

function isDropped(
  state: StateReader,
  old: readonly LandedPlace[],
): (row: LandedRow & LandedPlace) => boolean {
  const places = new Set(old.map(({ manifest_id, batch_id }) => `${manifest_id}/${batch_id}`));
  return (row) => places.has(`${row.manifest_id}/${row.batch_id}`) && !isNeeded(state, row);
}

/** What a recorded document would be mended from, and what waits for a repair of its contract. */
function isNeeded(
  state: StateReader,
  { manifest_id, uri, content_sha256, run_id }: LandedRow & LandedPlace,
): boolean {
  const index = state.index(manifest_id);
  if (index === undefined) return false;
  if (state.landedContent(manifest_id, uri, content_sha256)?.run_id !== run_id) return false;
  if (state.reject(manifest_id, uri)?.content_sha256 === content_sha256) return true;
  const row = state.document(index.collection_id, manifest_id, uri);
  return row?.content_sha256 === content_sha256;
}

function isUnnamed(
  state: StateReader,
  { blob }: LandedFile,
  dropped: (row: LandedRow & LandedPlace) => boolean,
): boolean {
  return blob === undefined || state.landedAs(blob).every(dropped);
}
