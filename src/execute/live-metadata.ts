/** The metadata of a write: what is desired, the anchors, and an explicit null for every key that must go. */
import type { Chunk, MetadataValue } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import type { LiveCollection } from '../domain/ports/live.js';
import { ANCHOR_KEYS } from '../domain/record.js';
import type { IndexRun } from './index-run.js';
import type { DocumentWork } from './work.js';

export type WrittenMetadata = Readonly<Record<string, MetadataValue | null>>;
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

/** @throws IngestError E901 for a record that would not say where it comes from: it is not sent */
export function liveMetadata(
  run: Pick<IndexRun, 'anchorsOf'>,
  work: Pick<DocumentWork, 'change' | 'carried'>,
  chunk: Pick<Chunk, 'id' | 'metadata'>,
  stale: StaleKeys,
): WrittenMetadata {
  const written: WrittenMetadata = {
    ...(stale.get(chunk.id) ?? {}),
    ...chunk.metadata,
    ...anchors(run, work),
  };
  const missing = REQUIRED.filter((key) => typeof written[key] !== 'string' || written[key] === '');
  if (missing.length === 0) return written;
  throw new IngestError('E901', `record ${chunk.id} of ${work.change.uri} lacks ${missing.join(', ')}`, {
    kind: 'bug',
    advice:
      'This is a bug in ingest: nothing of this request was sent. Please report it with the command you ran.',
  });
}

const REQUIRED = ['ingest_manifest_id', ...ANCHOR_KEYS] as const;

function anchors(
  run: Pick<IndexRun, 'anchorsOf'>,
  { change, carried }: Pick<DocumentWork, 'change' | 'carried'>,
): Readonly<Record<(typeof ANCHOR_KEYS)[number], string>> {
  // What is carried over was made from an earlier input.
  const of = { ...run.anchorsOf(change.source_id), ...carried };
  return {
    ingest_run_id: of.run_id,
    ingest_batch_id: of.batch_id,
    ingest_trace_id: of.trace_id,
    ingest_source_fingerprint: of.source_fingerprint,
  };
}
