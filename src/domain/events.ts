/** The journal's vocabulary. Events are appended in the transaction of the state they explain. */

export const JOURNAL_VERSION = 1;

export type EventType =
  | 'RUN_START'
  | 'RUN_RESUME'
  | 'DOC_BEGIN'
  | 'UPSERT_BATCH_COMMITTED'
  | 'METADATA_UPDATED'
  | 'UPSERT_NEW_DONE'
  | 'DELETE_OLD_DONE'
  | 'DOC_COMMITTED'
  | 'DOC_SKIPPED'
  | 'DOC_REJECTED'
  | 'DOC_QUARANTINED'
  | 'DOC_FAILED'
  | 'DOC_MOVED'
  | 'DELETE_STALE_BEGIN'
  | 'DELETE_STALE_DONE'
  | 'REPAIR_DONE'
  | 'CHECKS_DONE'
  | 'STAGING_DISCARDED'
  | 'SWAP_BEGIN'
  | 'SWAP_DONE'
  | 'SWAP_UNPINNED'
  | 'CURSOR_ADVANCED'
  | 'DESTROY_BEGIN'
  | 'DESTROY_DONE'
  | 'POLICY_CHANGED'
  | 'STATE_UNLOCKED'
  | 'STATE_REBUILT'
  | 'STATE_ADOPTED'
  | 'STATE_FORGOTTEN'
  | 'LANDING_CLEANED'
  | 'WARN'
  | 'RUN_FINISH';

/** What the writer adds to every event: seq (strictly rising), ts (ISO 8601 UTC), journal_version. */
export interface NewEvent {
  readonly type: EventType;
  readonly run_id: string;
  readonly manifest_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Which input and which trace an event belongs to; null where it concerns none, or an older version wrote none down. */
export interface EventAnchors {
  readonly trace_id: string | null;
  /** Of events of an index. */
  readonly batch_id: string | null;
  /** Of events of a document or a source. */
  readonly source_fingerprint: string | null;
}

export interface JournalEvent extends NewEvent, EventAnchors {
  readonly seq: number;
  readonly ts: string;
  readonly journal_version: number;
}

/** Progress for the terminal; the service knows no terminal. */
export type ProgressEvent =
  | { readonly type: 'scan'; readonly documents: number }
  | {
      readonly type: 'apply';
      /** The index at work, and the input that it is made from. */
      readonly manifest_id: string;
      readonly batch_id: string;
      readonly documents_done: number;
      readonly documents_total: number;
      readonly chunks_done: number;
      readonly chunks_total: number;
      readonly embedded: number;
      readonly retries: number;
    }
  | { readonly type: 'note'; readonly message: string };
