/** One live record as far as it is ours: the reserved keys that say what it was written as. */
import type { SeenRecord } from '../../diff/rebuild-document.js';
import type { Metadata } from '../../domain/document.js';
import { canonicalJson, sha256Hex } from '../../domain/hashing.js';
import type { LiveRecord } from '../../domain/ports/live.js';
import { RESERVED_PREFIX } from '../../domain/record.js';
import { metadataHash, textIntact } from '../live-view/compare-records.js';

export interface OwnedRecord {
  readonly manifest_id: string;
  readonly uri: string;
  readonly record: SeenRecord;
}

/** Undefined: not a record of these manifests, so foreign. */
export function seeRecord(live: LiveRecord, owners: ReadonlySet<string>): OwnedRecord | undefined {
  const { metadata } = live;
  const manifest_id = text(metadata, 'ingest_manifest_id');
  const uri = text(metadata, 'ingest_uri');
  if (manifest_id === null || uri === null || !owners.has(manifest_id)) return undefined;
  const text_sha256 = text(metadata, 'ingest_text_sha256');
  const own = canonicalJson(
    Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith(RESERVED_PREFIX))),
  );
  return {
    manifest_id,
    uri,
    record: {
      id: live.id,
      ordinal: count(metadata, 'ingest_ordinal'),
      n_chunks: count(metadata, 'ingest_n_chunks'),
      text_sha256,
      content_sha256: text(metadata, 'ingest_content_sha256'),
      chunk_recipe: text(metadata, 'ingest_chunk_recipe'),
      gate_recipe: text(metadata, 'ingest_gate_recipe'),
      run_id: text(metadata, 'ingest_run_id'),
      metadata_sha256: metadataHash(metadata),
      metadata: own,
      document_metadata_sha256: sha256Hex(own),
      version: text(metadata, 'ingest_version'),
      text_intact: text_sha256 !== null && textIntact(live, text_sha256),
    },
  };
}

function text(metadata: Metadata, key: string): string | null {
  const value = metadata[key];
  return typeof value === 'string' ? value : null;
}

function count(metadata: Metadata, key: string): number | null {
  const value = metadata[key];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
