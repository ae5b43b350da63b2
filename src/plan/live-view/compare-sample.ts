/** Looks for a sample of the recorded records in live. What live has too much, no sample of the recorded can see. */
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { ChunkRow } from '../../domain/state-rows.js';
import type { Scratch } from '../scratch.js';
import { tamperedParts } from './compare-records.js';
import { type CachedVectors, VECTOR_SLICE, wrongVectors } from './compare-vectors.js';

export type SampledChunk = ChunkRow & { readonly manifest_id: string };

/** False: as of all records (`compareContent`), which says what `suspect` means. */
export async function compareSample(
  collection: LiveCollection,
  state: StateReader,
  scratch: Scratch,
  sample: readonly SampledChunk[],
  content: boolean,
  cached: CachedVectors,
  suspect: boolean,
): Promise<boolean> {
  let readable = true;
  for (let i = 0; i < sample.length; i += VECTOR_SLICE) {
    const rows = sample.slice(i, i + VECTOR_SLICE);
    const ids = rows.map((row) => row.chunk_id);
    if (!content) {
      const existing = await collection.existing(ids);
      for (const row of rows) if (!existing.has(row.chunk_id)) note(row, 'missing');
      continue;
    }
    const records = await collection.get(ids);
    const wrong = readable ? await wrongVectors(collection, state, ids, cached) : 'broken';
    if (wrong === 'broken' || (suspect && wrong.size > 0)) readable = false;
    for (const row of rows) {
      const record = records.get(row.chunk_id);
      if (record === undefined) note(row, 'missing');
      else {
        const parts = tamperedParts(record, row);
        if (wrong !== 'broken' && wrong.has(row.chunk_id)) parts.push('vector');
        if (parts.length > 0) note(row, 'tampered', parts.join(','));
      }
    }
  }
  return readable;

  function note(row: SampledChunk, kind: 'missing' | 'tampered', detail = ''): void {
    scratch.addFinding(row.manifest_id, { uri: row.uri, kind, id: row.chunk_id, detail });
  }
}
