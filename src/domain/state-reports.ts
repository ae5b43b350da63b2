/** What the commands on the recorded state hand to their renderers. */

import type { CollectionRole } from './record.js';
import type {
  ChunkRow,
  CollectionRow,
  DocumentRow,
  IndexRow,
  IntentRow,
  LeaseHolder,
  RejectRow,
  RunRow,
  SourceRow,
  StateCounts,
} from './state-rows.js';

/** Who holds the lease, and whether that run is alive. */
export interface HolderReport extends LeaseHolder {
  /** ISO 8601, by the clock of the state's file system; null when there is no heartbeat file. */
  readonly last_heartbeat: string | null;
  /** `unknown`: asleep, suspended, or on a machine that cannot be seen from here. */
  readonly liveness: 'alive' | 'dead' | 'unknown';
  /** How that is known, a phrase. */
  readonly evidence: string;
}

/** What `state unlock` did. */
export interface UnlockReport {
  readonly outcome: 'unlocked' | 'nothing_to_unlock' | 'declined';
  readonly environment: string;
  readonly holder: HolderReport | null;
  /** Path of the copy that was taken before; null when nothing was changed. */
  readonly backup: string | null;
}

/** One index as it was put together from live. */
export interface RebuiltIndex {
  readonly manifest_id: string;
  readonly collection: string;
  /** Its manifest is loaded. */
  readonly declared: boolean;
  readonly documents: number;
  readonly chunks: number;
  /** Documents that the next plan reads again and finishes. */
  readonly partial: number;
  /** The first twenty of them. */
  readonly where: readonly PartialDocument[];
  /** All of them, by reason; records: missing ones, or those that are in doubt. */
  readonly by_reason: readonly {
    readonly reason: string;
    readonly documents: number;
    readonly records: number;
  }[];
}

export interface PartialDocument {
  readonly uri: string;
  readonly reason: string;
  readonly records: number;
  /** How many chunks its records say that it has; null when they do not agree. */
  readonly of: number | null;
}

/** What `state rebuild` did. */
/** What `state adopt --from` took into the embedding cache. */
export interface AdoptedVectors {
  readonly collection: string;
  readonly dimension: number;
  /** Texts whose vectors were computed anew and found equal. */
  readonly verified: number;
  readonly records: number;
  /** Without a text, or with one that another record has too. */
  readonly without_text: number;
  readonly taken: number;
  /** The cache had them. */
  readonly known: number;
}

/** What `state adopt` did. */
export interface AdoptReport extends Omit<RebuildReport, 'outcome'> {
  /** `nothing_to_adopt`: there is no such collection, or it is ours. */
  readonly outcome: 'adopted' | 'nothing_to_adopt' | 'declined';
  /** Of the state that it belonged to; null when it was ours or is not there. */
  readonly from_lineage: string | null;
  /** Run ids that it names, oldest first. */
  readonly runs: readonly string[];
}

export interface RebuildReport {
  readonly outcome: 'rebuilt' | 'nothing_in_live';
  readonly environment: string;
  readonly lineage: string | null;
  readonly collections: readonly {
    readonly name: string;
    readonly role: CollectionRole;
    readonly generation: number;
    readonly chunks: number;
    readonly foreign: number;
  }[];
  readonly indexes: readonly RebuiltIndex[];
  /** What live cannot tell, a sentence each. */
  readonly not_known: readonly string[];
  /** Path of the copy that was taken before; null when there was nothing to copy. */
  readonly backup: string | null;
}

/** One recorded index, as `state list` shows it. */
export interface StateEntry extends StateCounts {
  readonly manifest_id: string;
  readonly collection: string;
  readonly collection_id: string;
  readonly target: string;
  readonly last_run: string | null;
  /** Of that run; null while it runs, and after a kill. */
  readonly outcome: string | null;
  /** When it ended, or began. */
  readonly at: string | null;
}

/** One run, as `runs` shows it. */
export interface ListedRun extends RunRow {
  /** The input that it worked on, by index; none where it never came to one. */
  readonly batches: readonly { readonly manifest_id: string; readonly batch_id: string }[];
}

/** What `state show` found under a name. */
export type FoundState =
  | {
      readonly kind: 'index';
      readonly index: IndexRow;
      readonly collections: readonly (CollectionRow & StateCounts)[];
      readonly sources: readonly SourceRow[];
    }
  | {
      readonly kind: 'document';
      readonly uri: string;
      readonly documents: readonly {
        readonly manifest_id: string;
        readonly collection: string;
        readonly collection_id: string;
        readonly role: CollectionRole;
        /** Null: only intents are recorded of it. */
        readonly row: DocumentRow | null;
        readonly chunks: readonly ChunkRow[];
        readonly intents: readonly IntentRow[];
      }[];
      readonly rejects: readonly (RejectRow & { readonly manifest_id: string })[];
    }
  | {
      readonly kind: 'chunk';
      readonly chunk_id: string;
      readonly chunks: readonly (ChunkRow & {
        readonly manifest_id: string;
        readonly collection: string;
        readonly collection_id: string;
        readonly document: DocumentRow | null;
      })[];
    };

export interface ForgottenDocument {
  readonly manifest_id: string;
  readonly uri: string;
  readonly chunks: number;
}

/** What `state rm` did. */
export interface ForgetReport {
  readonly outcome: 'forgotten' | 'nothing_to_forget' | 'declined';
  readonly environment: string;
  /** The index that was named; null: documents of any. */
  readonly manifest_id: string | null;
  /** The index itself, not only documents. */
  readonly whole: boolean;
  readonly documents: number;
  readonly chunks: number;
  /** Of them, in the middle of a change. */
  readonly unfinished: number;
  /** The first twenty. */
  readonly where: readonly ForgottenDocument[];
  /** Path of the copy that was taken before; null when nothing was changed. */
  readonly backup: string | null;
}

/** What of the landing store nobody needs any more. */
export interface LandingGarbage {
  /** Old batches that are forgotten. */
  readonly batches: number;
  /** Their inputs. */
  readonly inputs: number;
  /** Of old batches as well, and kept: recorded or refused documents would be mended from them. */
  readonly needed: number;
  readonly files: number;
  /** On disk. */
  readonly bytes: number;
}

export interface CleanedLanding extends LandingGarbage {
  readonly type: 'landing_cleaned';
  readonly outcome: 'cleaned' | 'nothing_to_clean' | 'declined';
  readonly environment: string;
  /** Path of the copy that was taken before; null when no row was forgotten. */
  readonly backup: string | null;
}
