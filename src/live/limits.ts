/** What one request and one record may hold. Sources: measurements of local servers; Cloud's documentation. */
import type { ConnectionSpec } from '../domain/connection.js';

export interface LiveLimits {
  /** Records a write, besides what the server itself says. */
  readonly writeRecords: number;
  /** Bytes of one request's body; the server refuses more than 40 MiB. */
  readonly writeBytes: number;
  readonly deleteIds: number;
  /** Rows a page. SQLite fails above 32,766 result rows. */
  readonly pageOfIds: number;
  readonly pageOfRecords: number;
  readonly pageOfVectors: number;
  /** Keys of one record's metadata: thousands of them wedge a local collection for ever. */
  readonly metadataKeys: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly documentBytes: number;
  readonly idBytes: number;
  /** A value in the metadata of a collection. */
  readonly collectionValueBytes: number;
}

const SERVER: LiveLimits = {
  writeRecords: 1_000,
  writeBytes: 24 * 1024 * 1024,
  deleteIds: 5_000,
  pageOfIds: 10_000,
  pageOfRecords: 5_000,
  pageOfVectors: 1_000,
  metadataKeys: 64,
  keyBytes: Number.POSITIVE_INFINITY,
  valueBytes: Number.POSITIVE_INFINITY,
  documentBytes: Number.POSITIVE_INFINITY,
  idBytes: Number.POSITIVE_INFINITY,
  collectionValueBytes: Number.POSITIVE_INFINITY,
};

/** Cloud says that it takes 1,000 records a write, and its quota is 300. */
const CLOUD: LiveLimits = {
  ...SERVER,
  writeRecords: 300,
  deleteIds: 300,
  pageOfIds: 300,
  pageOfRecords: 300,
  pageOfVectors: 300,
  metadataKeys: 32,
  keyBytes: 36,
  valueBytes: 8_182,
  documentBytes: 16_384,
  idBytes: 128,
  collectionValueBytes: 256,
};

export function limitsOf({ profile, limits }: Pick<ConnectionSpec, 'profile' | 'limits'>): LiveLimits {
  const base = profile === 'cloud' ? CLOUD : SERVER;
  const { write_records: writes, read_records: reads } = limits;
  return {
    writeRecords: writes ?? base.writeRecords,
    writeBytes: limits.write_bytes ?? base.writeBytes,
    // Chroma Cloud counts a deletion as a write; said limits are the caller's to know.
    deleteIds: writes ?? base.deleteIds,
    pageOfIds: reads ?? base.pageOfIds,
    pageOfRecords: Math.min(reads ?? base.pageOfRecords, SERVER.pageOfRecords),
    pageOfVectors: Math.min(reads ?? base.pageOfVectors, SERVER.pageOfVectors),
    metadataKeys: limits.metadata_keys ?? base.metadataKeys,
    keyBytes: limits.key_bytes ?? base.keyBytes,
    valueBytes: limits.value_bytes ?? base.valueBytes,
    documentBytes: limits.document_bytes ?? base.documentBytes,
    idBytes: limits.id_bytes ?? base.idBytes,
    collectionValueBytes: limits.collection_value_bytes ?? base.collectionValueBytes,
  };
}
