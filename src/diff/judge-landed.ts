/** Whether what is recorded of a document is newer than an input of a batch that is replayed. Pure. */
import type { BatchRow, DocumentRow, RejectRow } from '../domain/state-rows.js';

export interface ReplayFacts {
  readonly content_sha256: string;
  readonly row: DocumentRow | undefined;
  readonly reject: RejectRow | undefined;
  readonly batch: Pick<BatchRow, 'last_run'>;
  /** Nothing was applied after this batch. */
  readonly newest: boolean;
}

/**
 * Of documents without versions, which are compared elsewhere: what a later run wrote is newer. What is not recorded any
 * more was deleted by a later batch, unless it was refused when it came, and is still on record as that.
 */
export function isNewerRecorded({ content_sha256, row, reject, batch, newest }: ReplayFacts): boolean {
  if (row === undefined) return !newest && reject?.content_sha256 !== content_sha256;
  return row.content_sha256 !== content_sha256 && row.run_id > batch.last_run;
}
