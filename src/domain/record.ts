/** The record written to Chroma: reserved metadata keys and the anchors of its last write. */

export const RESERVED_PREFIX = 'ingest_';

/** Anchors of the last write; not part of any comparison between desired and live. */
export interface Anchors {
  readonly run_id: string;
  readonly batch_id: string;
  readonly trace_id: string;
  readonly source_fingerprint: string;
}

export const ANCHOR_KEYS = [
  'ingest_run_id',
  'ingest_batch_id',
  'ingest_trace_id',
  'ingest_source_fingerprint',
] as const;

export type CollectionRole = 'live' | 'staging' | 'previous';

/** Metadata of the collection itself (live/): who owns it and in which role. All values are strings or numbers. */
export interface CollectionIdentity {
  readonly lineage: string;
  /** Manifest ids whose records it holds, in order. */
  readonly manifests: readonly string[];
  readonly role: CollectionRole;
  readonly generation: number;
  readonly vector_recipe: string;
  readonly last_run: string | null;
  /** Manifest ids with prevent_destroy, mirrored here so that losing the state does not lose it. */
  readonly protected: readonly string[];
  /** The vector recipe that a rollback keeps away from, or null. */
  readonly pinned: string | null;
}
