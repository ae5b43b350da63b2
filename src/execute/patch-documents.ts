/** Patches the metadata of kept records. A patch is true only once it was read back. */
import type { Chunk } from '../domain/document.js';
import { metadataHash } from '../plan/live-view/compare-records.js';
import { beginDocument } from './commit-document.js';
import { failDocument } from './fail-document.js';
import type { IndexRun } from './index-run.js';
import { liveMetadata, staleKeys } from './live-metadata.js';
import { isPoison } from './send-writes.js';
import type { DocumentWork } from './work.js';

interface Patch {
  readonly work: DocumentWork;
  readonly chunk: Chunk;
}

/** A document whose patch was refused or lost gets a failure; the others go on. */
export async function patchDocuments(run: IndexRun, works: readonly DocumentWork[]): Promise<void> {
  const patches = works.flatMap((work) => work.patch.map((chunk) => ({ work, chunk })));
  if (patches.length === 0) return;
  for (let i = 0; i < patches.length; i += run.maxRecords) {
    await patchPart(run, patches.slice(i, i + run.maxRecords));
  }
  run.transaction((tx) => {
    for (const work of works) {
      if (work.failure !== undefined || work.patch.length === 0) continue;
      tx.append(run.event('METADATA_UPDATED', { uri: work.change.uri, n_chunks: work.patch.length }));
    }
  });
  for (const work of works) if (work.failure !== undefined) await failDocument(run, work, work.failure);
}

async function patchPart(run: IndexRun, part: readonly Patch[]): Promise<void> {
  const ids = part.map(({ chunk }) => chunk.id);
  const stale = await staleKeys(run.collection, ids);
  const records = part.map(({ chunk, work }) => ({
    id: chunk.id,
    metadata: liveMetadata(run, work, chunk, stale),
  }));
  const intents = part.map(({ chunk, work }) => run.intent(chunk.id, 'patch', work.change.uri));
  run.transaction((tx) => {
    for (const work of new Set(part.map((item) => item.work))) beginDocument(tx, run, work);
    tx.openIntents(intents);
  });
  try {
    await run.send('patch', intents, () => run.collection.patch(records));
  } catch (error) {
    if (!isPoison(error)) throw error;
    const works = [...new Set(part.map((item) => item.work))];
    const [only] = works;
    if (works.length === 1 && only !== undefined) only.failure = error.message;
    else {
      for (const work of works) {
        await patchPart(
          run,
          part.filter((item) => item.work === work),
        );
      }
    }
    return;
  }
  // Chroma accepts an update of an absent id in silence.
  const after = await run.collection.get(ids);
  const confirmed: string[] = [];
  for (const { work, chunk } of part) {
    const record = after.get(chunk.id);
    if (record !== undefined && metadataHash(record.metadata) === chunk.metadata_sha256)
      confirmed.push(chunk.id);
    else work.failure ??= `record ${chunk.id} was lost or changed while it was patched; run again`;
  }
  run.recorder.add({ relabelled: confirmed.length });
  run.transaction((tx) => {
    tx.markIntents(run.collection.id, 'patch', confirmed, 'confirmed');
    run.saveRun(tx);
  });
}
