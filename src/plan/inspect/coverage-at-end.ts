/** Coverage as a run left it. The classes stay exclusive and add up: what was not reached is `pending`. */
import type { Coverage } from '../../domain/plan.js';
import type { RunCoverage } from '../../domain/run-report.js';
import { NO_COVERAGE } from '../summarise.js';

export const EMPTY_COVERAGE: RunCoverage = { ...NO_COVERAGE, pending: 0 };

/** A plan counts as current what it is about to write; what failed, or was not reached, is not. */
export function coverageAtEnd(
  planned: Coverage,
  writes: { readonly planned: number; readonly done: number; readonly failed: number },
): RunCoverage {
  const failed = Math.min(writes.failed, planned.current);
  const left = Math.max(0, writes.planned - writes.done - writes.failed);
  const pending = Math.min(left, planned.current - failed);
  return {
    ...planned,
    current: planned.current - failed - pending,
    failed: planned.failed + failed,
    pending,
  };
}

export function addCoverage(a: RunCoverage, b: RunCoverage): RunCoverage {
  return {
    declared: a.declared + b.declared,
    current: a.current + b.current,
    old_kept: a.old_kept + b.old_kept,
    quarantined: a.quarantined + b.quarantined,
    rejected: a.rejected + b.rejected,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
    pending: a.pending + b.pending,
  };
}
