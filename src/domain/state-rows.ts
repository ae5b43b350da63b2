/**
 * What is recorded, row by row. Documents, chunks and intents are keyed by collection id: a replacement under way
 * and the live index each have their own.
 */
import type { CursorType, CursorWindow } from './cursor.js';
import type { CollectionRole } from './record.js';

export interface CollectionRow {
  readonly collection_id: string;
  readonly name: string;
  /** LiveDatabase.targetId. */
  readonly target: string;
  readonly space: string;
  readonly dimension: number | null;
  readonly vector_recipe: string;
  readonly embedding_fingerprint: string;
  readonly generation: number;
  /** Foreign records seen by the last apply; growth is noted without escalation. */
  readonly foreign_count: number;
  /** `staging` while it is being built beside the live one, `previous` once another took its place. */
  readonly role: CollectionRole;
  /** The run that put another in its place; null while it is live, and of what an older version replaced. */
  readonly retired_run: string | null;
  /** After a rollback: the vector recipe that it is not swapped for, as long as a manifest wants that one. */
  readonly pinned: string | null;
}

export interface IndexRow {
  readonly manifest_id: string;
  readonly collection_id: string;
  readonly manifest_sha256: string;
  readonly manifest_file: string;
  /** Of the last successful apply; null before. */
  readonly batch_id: string | null;
  /** Versions pinned when first applied, e.g. {"chunker:markdown":1,"parser:markdown":1}. */
  readonly pins: Readonly<Record<string, number>>;
  /** Policy as applied, canonical JSON; a policy-only edit is a visible change. */
  readonly policy: string;
  /** Protection in force; it outlives the key in the manifest. */
  readonly prevent_destroy: boolean;
  /** Last run that touched it, and the last that finished with outcome ok. */
  readonly last_run: string | null;
  readonly last_good_run: string | null;
}

export interface DocumentRow {
  readonly uri: string;
  readonly source_id: string;
  readonly content_sha256: string;
  readonly metadata_sha256: string;
  /** User metadata as stored, canonical JSON. */
  readonly metadata: string;
  readonly gate_recipe: string;
  readonly chunk_recipe: string;
  readonly n_chunks: number;
  /** Anchor of the last write. */
  readonly run_id: string;
  /** Its cursor value, in canonical form; null without a cursor, and of what an older version recorded. */
  readonly version: string | null;
}

export interface ChunkRow {
  readonly chunk_id: string;
  readonly uri: string;
  readonly ordinal: number;
  readonly text_sha256: string;
  readonly metadata_sha256: string;
}

export type IntentOperation = 'put' | 'patch' | 'delete';
/** `unsettled`: its document is done, but a lost request of it may still land until `settles_at`. */
export type IntentStatus = 'open' | 'confirmed' | 'unknown' | 'unsettled';

export interface IntentRow {
  readonly collection_id: string;
  readonly record_id: string;
  readonly operation: IntentOperation;
  readonly fence: number;
  readonly manifest_id: string;
  readonly uri: string;
  readonly status: IntentStatus;
  readonly run_id: string;
  /** Wall-clock ms at which the request can no longer land (sent + request time-out). */
  readonly settles_at: number;
}

/** As it is committed before its request is sent: open, with the fence of the writer. */
export type NewIntent = Omit<IntentRow, 'fence' | 'status'>;

export interface RejectRow {
  readonly uri: string;
  readonly source_id: string;
  readonly content_sha256: string;
  readonly gate_recipe: string;
  /** Of the parser that was asked; empty when it is not known. */
  readonly chunk_recipe: string;
  readonly code: string;
  readonly reason: string;
  /** The run that judged it last. */
  readonly run_id: string;
  readonly verdict: 'reject' | 'quarantine';
  /** All reasons, the weightiest first. */
  readonly codes: readonly string[];
  /** Where in the source it stands, when the uri does not say it: `tickets.jsonl:17`. */
  readonly location: string | null;
  /** The run that refused this version first; null: not known. */
  readonly first_run: string | null;
}

/** The contract of a source as it was last applied: what the next is compared with. */
export interface ContractRow {
  readonly source_id: string;
  readonly sha256: string;
  /** Its text, normalised. */
  readonly text: string;
  readonly run_id: string;
}

export interface RunRow {
  readonly run_id: string;
  /** ISO 8601 with zone. */
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly command: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly fence: number;
  readonly plan_id: string | null;
  readonly trace_id: string;
  /** applied | no_changes | partial | interrupted | failed; null while running or after a kill. */
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly manifests: readonly string[];
  /** Counters as JSON, see RunCounters in events.ts. */
  readonly counters: string;
}

export interface SourceRow {
  readonly source_id: string;
  readonly type: string;
  readonly fingerprint: string;
  readonly documents: number;
  readonly run_id: string;
}

/** How far a source that is read in increments has come; kept apart, and moved by a confirmed, complete run only. */
export interface CursorRow {
  readonly source_id: string;
  /** What the cursor was read from; another field or type begins anew. */
  readonly field: string;
  readonly type: CursorType;
  /** The newest that was seen: where the next increment starts, less the declared lateness. Canonical form. */
  readonly cursor: string | null;
  /** Everything before this is acknowledged: the cursor less the lateness. */
  readonly watermark: string | null;
  /** The batch that was processed and persisted last. */
  readonly checkpoint: string | null;
  readonly run_id: string;
  /** ISO 8601 with zone. */
  readonly updated_at: string;
}

/** An input that was applied. */
export interface BatchRow {
  readonly batch_id: string;
  readonly mode: 'apply' | 'backfill' | 'replay';
  /** What each source gave. */
  readonly sources: readonly BatchSource[];
  readonly documents: number;
  readonly first_run: string;
  readonly last_run: string;
}

export interface BatchSource {
  readonly source_id: string;
  readonly fingerprint: string;
  readonly window: CursorWindow | null;
  /** Whether its bytes are in the landing store. */
  readonly landed: boolean;
}

/** One input of a batch whose bytes are in the landing store. */
export interface LandedRow {
  readonly uri: string;
  readonly content_sha256: string;
  readonly version: string | null;
  /** SHA-256 of what is stored. */
  readonly blob: string;
  /** `raw`: what its source reads again. `judged`: text and metadata as the gate, which redacts, let them in. */
  readonly form: 'raw' | 'judged';
  readonly parser: string;
  readonly path: string;
  /** The run that kept it last: of two of one uri the newer counts. */
  readonly run_id: string;
}

export interface LandedPlace {
  readonly manifest_id: string;
  readonly batch_id: string;
}

/** What is still landed of one batch. */
export interface LandedBatch extends LandedPlace {
  readonly inputs: number;
  /** The newest run that kept some of it. */
  readonly run_id: string;
}

export interface UsedPlan {
  readonly plan_id: string;
  readonly lineage: string;
  readonly serial: number;
  readonly run_id: string;
}

export interface StateCounts {
  readonly documents: number;
  readonly chunks: number;
}

export interface LeaseHolder {
  readonly run_id: string;
  readonly fence: number;
  readonly pid: number;
  readonly host: string;
  readonly user: string;
  readonly command: string;
  /** ISO 8601 with zone. */
  readonly since: string;
  readonly boot_id: string | null;
  /** Process start time in the operating system's own unit, to tell a reused pid. */
  readonly process_start: string | null;
}
