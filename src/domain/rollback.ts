/** What a rollback would do and did: data for the renderers and for the exit code. */

import type { RetrievalCheck } from './checks.js';

/** One of the two collections, as recorded. */
export interface RollbackSide {
  readonly generation: number;
  readonly collection_id: string;
  readonly documents: number;
  readonly chunks: number;
  readonly vector_recipe: string;
  readonly space: string;
}

/** A document of what searchers see now, compared with what comes back. */
export interface RollbackIndex {
  readonly manifest_id: string;
  readonly documents_now: number;
  readonly documents_then: number;
  /** With other content than now. */
  readonly older: number;
  /** Added since: searchers would lose them. */
  readonly absent: number;
  /** Deleted since: searchers would find them again. */
  readonly back: number;
}

export interface RollbackPlan {
  readonly environment: string;
  readonly collection: string;
  readonly target: string;
  /** `finish`: a swap that an earlier run began; it is finished, and nothing else is done. */
  readonly action: 'rollback' | 'finish' | 'none';
  /** Why nothing is done, or what is finished; null otherwise. */
  readonly reason: string | null;
  /** What searchers see; null when the collection is gone. */
  readonly from: RollbackSide | null;
  readonly to: RollbackSide | null;
  /** When `to` was replaced, ISO 8601, and by which run; null when that is not recorded. */
  readonly replaced_at: string | null;
  readonly replaced_by: string | null;
  readonly indexes: readonly RollbackIndex[];
  /** The manifest wants another model or distance than `to` has: nothing is planned until it changes. */
  readonly pins: boolean;
  /** A collection that was begun to replace the live one, and that is deleted. */
  readonly discards: string | null;
  /** Generations that stay beside the live one afterwards. */
  readonly kept: readonly number[];
}

/** The last line of `rollback --json`. */
export interface RollbackResult {
  readonly type: 'rollback';
  readonly outcome: 'planned' | 'applied' | 'no_changes' | 'declined' | 'unpinned';
  readonly environment: string;
  readonly run_id: string | null;
  readonly plan: RollbackPlan | null;
  /** Of what searchers see now; they hold nothing back. Empty: none are declared, or nothing was rolled back. */
  readonly checks?: readonly RetrievalCheck[];
}
