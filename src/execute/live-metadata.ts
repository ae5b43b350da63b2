/** The metadata of a write: what is desired, the anchors, and an explicit null for every key that must go. */
import type { Chunk, MetadataValue } from '../domain/document.js';
import type { LiveCollection } from '../domain/ports/live.js';
import type { ANCHOR_KEYS } from '../domain/record.js';
import type { IndexRun } from './index-run.js';
import type { DocumentWork } from './work.js';

type WrittenMetadata = Readonly<Record<string, MetadataValue | null>>;
export type StaleKeys = ReadonlyMap<string, WrittenMetadata>;

/** Keys that live has and the new metadata may not: null, or an upsert would keep them for ever. */
export async function staleKeys(collection: LiveCollection, ids: readonly string[]): Promise<StaleKeys> {
  const stale = new Map<string, WrittenMetadata>();
  if (ids.length === 0) return stale;
  for (const record of (await collection.get(ids)).values()) {
    stale.set(record.id, Object.fromEntries(Object.keys(record.metadata).map((key) => [key, null])));
  }
  return stale;
}

export function liveMetadata(
  run: IndexRun,
  work: DocumentWork,
  chunk: Chunk,
  stale: StaleKeys,
): WrittenMetadata {
  return { ...(stale.get(chunk.id) ?? {}), ...chunk.metadata, ...anchors(run, work) };
}

function anchors(run: IndexRun, work: DocumentWork): Readonly<Record<(typeof ANCHOR_KEYS)[number], string>> {
  const of = run.anchorsOf(work.change.source_id);
  return {
    ingest_run_id: of.run_id,
    ingest_batch_id: of.batch_id,
    ingest_trace_id: of.trace_id,
    ingest_source_fingerprint: of.source_fingerprint,
  };
}
