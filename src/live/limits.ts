/** What one request and one record may hold. Sources: measurements of local servers; Cloud's documentation. */
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
}

const LOCAL: LiveLimits = {
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
};

const CLOUD: LiveLimits = {
  ...LOCAL,
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
};

/** By the server's host name: Cloud says it takes 1,000 records a write, and its quota is 300. */
export function limitsFor(url: string): LiveLimits {
  const { hostname } = new URL(url);
  return hostname === 'trychroma.com' || hostname.endsWith('.trychroma.com') ? CLOUD : LOCAL;
}
