/**
 * Inputs on their way into the landing store. Bytes are there before a row names them, and a row is written with what
 * it explains: after a kill there may be bytes without a row, which `state gc` finds, never a row without bytes.
 */
import type { DocumentEntry } from '../domain/document.js';
import { sourceIdOf } from '../domain/identity.js';
import type { Manifest } from '../domain/manifest.js';
import type { LandingStore } from '../domain/ports/landing.js';
import type { StateTransaction } from '../domain/ports/state.js';
import type { LandedRow } from '../domain/state-rows.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { Landable } from '../plan/scan/landed-input.js';
import type { IndexRun } from './index-run.js';

/** Rows in one transaction. */
const BATCH = 200;

export interface LandRequest {
  readonly manifest: Manifest;
  readonly landing: LandingStore;
  readonly runId: string;
}

/** Undefined where its source does not ask for it, or where it was read from there. @throws IngestError E509 */
export async function land(
  { manifest, landing, runId }: LandRequest,
  entry: DocumentEntry,
  content_sha256: string,
  landable: Landable | undefined,
): Promise<LandedRow | undefined> {
  const source = manifest.sources.find(({ id }) => id === sourceIdOf(entry.uri));
  if (source?.landing !== true || landable === undefined || entry.landed !== undefined) return undefined;
  return {
    uri: entry.uri,
    content_sha256,
    version: entry.version ?? null,
    blob: await landing.put(landable.bytes()),
    form: landable.form,
    parser: entry.parser,
    path: entry.path,
    run_id: runId,
  };
}

export function recordLanded(tx: StateTransaction, run: IndexRun, row: LandedRow | undefined): void {
  if (row === undefined) return;
  // What is redacted now is not to be found as it was read.
  if (row.form === 'judged') tx.dropRawLanded(run.manifestId, row.uri);
  tx.putLanded(run.manifestId, run.batchId, row);
}

/** Of what is in the index as it should be: only its bytes are wanted. */
export async function landCurrent(
  run: IndexRun,
  { manifest, scratch, preparer }: PlanContext,
  landing: LandingStore,
): Promise<void> {
  let rows: LandedRow[] = [];
  const record = (): void => {
    const batch = rows;
    rows = [];
    if (batch.length > 0)
      run.transaction((tx) => {
        for (const row of batch) recordLanded(tx, run, row);
      });
  };
  for (const entry of scratch.toLand(manifest.manifest_id)) {
    if (run.stopped()) break;
    const found = await preparer.prepare(entry);
    // It changed since it was planned, or cannot be read any more: the next apply lands what it is then.
    if (found.kind !== 'document') continue;
    const { content_sha256 } = found.document;
    const row = await land({ manifest, landing, runId: run.runId }, entry, content_sha256, found.landable);
    if (row !== undefined) rows.push(row);
    if (rows.length >= BATCH) record();
  }
  record();
}
