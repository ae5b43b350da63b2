/** What came of applying one index, before its collection is searched as a whole and swapped. */
import type { LiveSummary } from '../domain/plan.js';
import type { LiveDatabase } from '../domain/ports/live.js';
import type { StateTransaction } from '../domain/ports/state.js';
import type { StrictSync } from '../domain/results.js';
import type { CollectionRow } from '../domain/state-rows.js';
import type { PlanContext } from '../plan/plan-context.js';
import type { IndexRun } from './index-run.js';
import type { RefusedDocument } from './record-rejects.js';

export interface IndexOutcome {
  readonly run: IndexRun;
  /** Newly refused, rejected or quarantined. */
  readonly rejected: readonly RefusedDocument[];
  readonly sync: StrictSync | undefined;
  readonly live: LiveSummary | undefined;
  /** Everything that could be read was written, and found in live: the index is what was declared. */
  readonly clean: boolean;
  /** Of an index that was built in a new collection, which still has to take the old one's place. */
  readonly staged: StagedIndex | undefined;
}

/** One index that was built in the new collection. */
export interface StagedIndex {
  readonly context: PlanContext;
  readonly database: LiveDatabase;
  readonly row: CollectionRow;
  /** Everything that was planned is there. */
  readonly built: boolean;
  readonly clean: boolean;
  /** What is recorded of the index once searchers see the new collection. */
  readonly record: (tx: StateTransaction) => void;
}
