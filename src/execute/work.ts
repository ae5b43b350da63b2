/** One document on its way into the index, from the plan's change to its commit. */
import type { Chunk, PreparedDocument } from '../domain/document.js';
import type { Change } from '../domain/plan.js';
import type { EmbedOutcome } from '../domain/ports/embedder.js';
import type { Anchors } from '../domain/record.js';
import type { LandedRow } from '../domain/state-rows.js';

export interface DocumentWork {
  readonly change: Change;
  readonly document: PreparedDocument;
  readonly put: readonly Chunk[];
  readonly patch: readonly Chunk[];
  /** Obsolete ids of this uri. */
  readonly remove: readonly string[];
  /** Ids of the uri it moved from; deleted once the new ones are confirmed. */
  readonly moved: { readonly uri: string; readonly ids: readonly string[] } | undefined;
  /** Ids that existed before: a put of one of them must null the keys that it no longer has. */
  readonly existing: ReadonlySet<string>;
  readonly vectors: Promise<EmbedOutcome>;
  /** Ids put and confirmed so far in this run. */
  readonly written: string[];
  /**
   * The last good version of a document that is refused or withheld, on its way into a new collection: the input
   * that it was made from.
   */
  readonly carried: Pick<Anchors, 'batch_id' | 'source_fingerprint'> | undefined;
  /** Its input, where the landing store keeps it: recorded with the document. */
  readonly landed: LandedRow | undefined;
  begun: boolean;
  failure: string | undefined;
}

/** Weight in the look-ahead buffer: texts and vectors are what costs memory, also of chunks that stay. */
export function weightOf(work: DocumentWork | PreparedFailure): number {
  return 'document' in work ? work.document.chunks.length + 1 : 1;
}

/** A document that could not be prepared as it was planned. */
export interface PreparedFailure {
  readonly change: Change;
  readonly failure: string;
}
