/** What planning says of one uri: the change it needs, if any, and how it counts. */
import type { DocumentEntry } from '../../domain/document.js';
import type { Change, ChunkCounts, Coverage, DocumentSide } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/state-rows.js';

export type CoverageClass = Exclude<keyof Coverage, 'declared'>;

export interface PlannedUri {
  readonly change: Change | undefined;
  /** Undefined: not declared (a loss that goes, an orphan). */
  readonly coverage: CoverageClass | undefined;
  /** Of an input that was read or known by its stat: part of the source fingerprint. */
  readonly content_sha256: string | undefined;
  /** Why it was skipped, for counting by type; undefined when it was not. */
  readonly skipped: string | undefined;
  readonly knownReject: boolean;
  /** Set when this entry makes its source's listing incomplete. */
  readonly unreadable: string | undefined;
  /** Why what is recorded stays as it is: the input is an older version, or nobody looked for it. */
  readonly stays: 'superseded' | 'unseen' | undefined;
  /** Where an input stands that no document can be made of. */
  readonly malformed: string | undefined;
  /** What it is made from where that is not what was listed. */
  readonly from: DocumentEntry | undefined;
}

export const PLAIN: PlannedUri = {
  change: undefined,
  coverage: undefined,
  content_sha256: undefined,
  skipped: undefined,
  knownReject: false,
  unreadable: undefined,
  stays: undefined,
  malformed: undefined,
  from: undefined,
};

export const NO_CHUNKS: ChunkCounts = { add: 0, keep: 0, relabel: 0, delete: 0 };

/** Checksums and chunk count of a document as it is recorded. */
export function sideOf(row: DocumentRow | undefined): DocumentSide | null {
  if (row === undefined) return null;
  return { content_sha256: row.content_sha256, metadata_sha256: row.metadata_sha256, chunks: row.n_chunks };
}
