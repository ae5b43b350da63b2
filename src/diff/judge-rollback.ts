/** What follows from a rollback: the index is sound, and is not what its manifest declares. Pure. */
import type { RunVerdict } from '../domain/run-report.js';
import { judgeRun, NOTHING_KNOWN } from './judge-run.js';

/**
 * `rolled_back` and pinned, or `swapped_back` to what the manifest wants. `swap_finished`: of an interrupted apply, which
 * built what searchers see now.
 */
export type RollbackDone = 'rolled_back' | 'swapped_back' | 'unpinned' | 'swap_finished';

export interface RollbackFacts {
  /** What it did, or was to do. */
  readonly done: RollbackDone;
  /** Null: it was killed, or is still at work. */
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly running: boolean;
}

const GOOD: Readonly<Record<RollbackDone, Omit<RunVerdict, 'reason_codes'>>> = {
  rolled_back: {
    status: 'warning',
    downstream_decision: 'proceed_with_gaps',
    recommended_action: 'rerun_after_fix',
    recommendation:
      'searchers see the collection that had been replaced, and no apply changes it: declare another model or distance, or unpin it once what was wrong is mended',
    command: ['rollback', '--unpin'],
  },
  swapped_back: {
    status: 'success',
    downstream_decision: 'proceed_with_gaps',
    recommended_action: 'rerun',
    recommendation:
      'searchers see the collection that was kept; apply writes what changed since it was replaced',
    command: ['apply'],
  },
  unpinned: {
    status: 'success',
    downstream_decision: 'proceed_with_gaps',
    recommended_action: 'rerun',
    recommendation: 'the next apply may replace the index again; look at its plan first',
    command: ['plan'],
  },
  swap_finished: {
    status: 'warning',
    downstream_decision: 'proceed_with_gaps',
    recommended_action: 'rerun',
    recommendation: 'a swap that an apply had begun was finished; apply looks at what else is open',
    command: ['apply'],
  },
};

export function judgeRollback({ done, ...run }: RollbackFacts): RunVerdict {
  if (run.outcome === 'applied') return { ...GOOD[done], reason_codes: [done] };
  const judged = judgeRun({ ...NOTHING_KNOWN, ...run });
  // Stopped anywhere, the next one finishes it.
  const again = done === 'unpinned' ? ['rollback', '--unpin'] : ['rollback'];
  return { ...judged, command: run.running ? judged.command : again };
}
