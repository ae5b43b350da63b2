/** A document that failed after a put keeps its last good version: what is new is deleted again. */
import type { IndexRun } from './index-run.js';
import type { DocumentWork } from './work.js';

/**
 * New ids are deleted under intents. The intents are cleared only when nothing that existed before was
 * written over or patched: else its live content is unknown, and the next plan reads it.
 */
export async function failDocument(run: IndexRun, work: DocumentWork, message: string): Promise<void> {
  const { uri, resume } = work.change;
  work.failure = message;
  const added = work.written.filter((id) => !work.existing.has(id));
  if (added.length > 0) await run.deleteRecords(new Map([[uri, added]]));
  const untouched = added.length === work.written.length && work.patch.length === 0;
  run.transaction((tx) => {
    tx.append(run.event('DOC_FAILED', { uri, message }));
    if (!resume && untouched) tx.clearIntents(run.collection.id, run.manifestId, uri, run.now());
  });
  run.failed(uri, message);
}
