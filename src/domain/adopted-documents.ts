/** What `state adopt --from --uri-from` says of each document: what another tool has of it, and what a plan makes of it. */
import type { EmbedEstimate, PlanHeader } from './plan.js';
import type { AdoptedVectors } from './state-reports.js';

export interface ComparedDocument {
  readonly uri: string;
  /** `theirs`: no source lists it, so it does not come along. `ours`: they have nothing of it. */
  readonly side: 'both' | 'theirs' | 'ours';
  /** Of theirs, also without a text. */
  readonly records: number;
  /** That we cut it into now; 0 when no source lists it or nothing is made of it. */
  readonly chunks: number;
  /** Of them, those whose very text is the text of a record of theirs, of this document or another. */
  readonly same_text: number;
  /** Ordinals of the others. */
  readonly other_text: readonly number[];
  /** Why a listed document makes no chunk: a reject code, `empty`, `unreadable`, or why it is skipped. */
  readonly no_chunks: string | null;
}

/** A record of theirs that leads to no document. */
export interface UnmappedRecord {
  readonly id: string;
  /** Null: it has no such key. */
  readonly value: string | null;
}

export interface DocumentTotals {
  readonly documents: number;
  readonly records: number;
  readonly chunks: number;
  readonly same_text: number;
}

/** What the plan would say now; it may be refused, as one of a collection that is theirs is. */
export type NextPlan =
  | { readonly outcome: PlanHeader['outcome']; readonly embed: EmbedEstimate }
  | {
      readonly outcome: 'refused';
      readonly code: string;
      readonly message: string;
      readonly advice: string;
    };

export interface ComparedCollection {
  readonly collection: string;
  readonly manifest_id: string;
  readonly source_id: string;
  readonly uri_from: string;
  readonly strip: readonly string[];
  readonly records: number;
  readonly both: DocumentTotals;
  readonly theirs: DocumentTotals;
  readonly ours: DocumentTotals;
  /** Records whose metadata lack the key, and those whose value is no path below the source. */
  readonly without_key: number;
  readonly unmapped: number;
  /** The first few of both. */
  readonly where: readonly UnmappedRecord[];
  /** Records beyond the first with one text of one document, and of how many documents. */
  readonly duplicates: { readonly records: number; readonly documents: number };
  readonly documents: readonly ComparedDocument[];
  readonly next_plan: NextPlan;
}

/** What `state adopt --from --uri-from` did. */
export interface AdoptedCollection {
  /** Null without --same-model: then none was taken. */
  readonly vectors: AdoptedVectors | null;
  readonly compared: ComparedCollection;
}
