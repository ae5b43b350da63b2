/**
 * Live Chroma, as narrow as the program needs it. The adapter in `src/live` lives by every measured
 * fact (pages of at most 10,000 rows, explicit nulls, validation before sending, byte-bounded batches).
 *
 * Errors: IngestError E401 when Chroma cannot be reached (`world`); WriteRejected when it refused this
 * very request (400, 413, 422: nothing was written); WriteUnknown when the answer was lost or it failed (it may
 * have been written: redo, ids are deterministic).
 */

import type { Metadata, MetadataValue } from '../document.js';
import type { Space } from '../manifest.js';
import type { CollectionIdentity } from '../record.js';

/** Nothing of this request was written; sending it again unchanged cannot help. */
export class WriteRejected extends Error {
  override readonly name = 'WriteRejected';
}

/** The outcome of a write is unknown: 0 or all of it was written. */
export class WriteUnknown extends Error {
  override readonly name = 'WriteUnknown';
  /** Chroma itself says that it cannot bring its index up to date any more: damage, not an accident on the way. */
  readonly damaged: boolean;
  /** Nothing was heard until the time was up: it may hang. */
  readonly timedOut: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { readonly damaged?: boolean; readonly timedOut?: boolean } = {},
  ) {
    super(message, options);
    this.damaged = options.damaged ?? false;
    this.timedOut = options.timedOut ?? false;
  }
}

/** One Chroma server and database. */
export interface LiveDatabase {
  /** How the target is shown: `embedded Chroma (state/dev/chroma)` or the url; never credentials. */
  readonly description: string;
  /** Stable id of server + tenant + database, for recorded state: `embedded` or a url. No credentials. */
  readonly targetId: string;
  /** Server version and limits as probed. */
  readonly server: { readonly version: string; readonly maxBatch: number };
  /** The collection by name, or undefined when it does not exist (never when it cannot be reached). */
  find(name: string): Promise<LiveCollection | undefined>;
  /** Claims the name by createCollection; undefined when somebody else has it already (409). */
  create(name: string, space: Space, identity: CollectionIdentity): Promise<LiveCollection | undefined>;
  /** Deletes the collection with all its records, if its name still leads to it. */
  remove(collection: LiveCollection): Promise<void>;
  /** After E401 from a server that had answered: waits for it, or starts the embedded one again. False: it stays away. */
  comesBack(): Promise<boolean>;
  /** Ends connections; for an embedded server the control connection, after which it may stop. */
  close(): Promise<void>;
}

export interface LiveCollection {
  readonly id: string;
  /** As it was found or as this handle last renamed it. */
  readonly name: string;
  /** Distance it was created with; undefined when the server does not tell. */
  readonly space: Space | undefined;
  /** Undefined when the collection carries no ingest identity: somebody else's. */
  readonly identity: CollectionIdentity | undefined;
  /** undefined while nothing was written. */
  readonly dimension: number | undefined;

  count(): Promise<number>;
  /** False: nothing is heard of a count in a time in which the largest is counted, so it hangs. Whatever it answers is an answer. */
  answers(): Promise<boolean>;
  /** All ids, in no particular order, in pages. */
  ids(): AsyncIterable<readonly string[]>;
  /** All records with text and metadata, in pages. */
  records(): AsyncIterable<readonly LiveRecord[]>;
  /** Those of the ids that exist, with text and metadata. Any number of ids. */
  get(ids: readonly string[]): Promise<Map<string, LiveRecord>>;
  /** Those of the ids that exist, without reading anything of them. Any number of ids. */
  existing(ids: readonly string[]): Promise<Set<string>>;
  /** Ids of all records that say they are of this document, in order. */
  idsOf(manifestId: string, uri: string): Promise<string[]>;
  /** Those of the ids that exist, with their vectors. Any number of ids. */
  vectors(ids: readonly string[]): Promise<Map<string, Float32Array>>;
  /** Upserts. The caller keeps within limits(); keys that must vanish are given as null. */
  put(records: readonly PutRecord[]): Promise<void>;
  /** Metadata only, explicit nulls remove keys. Absent ids are ignored by Chroma in silence: read back. */
  patch(patches: readonly PatchRecord[]): Promise<void>;
  delete(ids: readonly string[]): Promise<void>;
  /** Takes records of another collection over as they are, with their vectors, whoever wrote them. */
  copyFrom(source: LiveCollection, ids: readonly string[]): Promise<void>;
  /** Nearest records: smaller distance is nearer. At most n; fewer when there are fewer. */
  query(vector: Float32Array, n: number, manifestId: string | undefined): Promise<QueryHit[]>;
  /** Replaces the whole collection metadata (there is no compare-and-swap). */
  writeIdentity(identity: CollectionIdentity): Promise<void>;
  /** Renames it and replaces its metadata in one request; its id and its handles stay. A taken name: WriteUnknown. */
  rename(name: string, identity: CollectionIdentity): Promise<void>;
}

export interface LiveRecord {
  readonly id: string;
  /** null when the record has no document. */
  readonly text: string | null;
  readonly metadata: Metadata;
}

export interface PutRecord {
  readonly id: string;
  readonly text: string;
  readonly vector: Float32Array;
  readonly metadata: Readonly<Record<string, MetadataValue | null>>;
}

export interface PatchRecord {
  readonly id: string;
  readonly metadata: Readonly<Record<string, MetadataValue | null>>;
}

export interface QueryHit {
  readonly id: string;
  readonly distance: number;
  readonly text: string | null;
  readonly metadata: Metadata;
}

/**
 * Opens the live side of a target.
 * - `absent`: an embedded Chroma whose folder does not exist yet and must not be created (plan).
 * - throws IngestError E401/E404/E405 when it cannot be reached or started.
 */
export interface LiveConnector {
  connect(mode: 'read' | 'write'): Promise<LiveDatabase | 'absent'>;
}
