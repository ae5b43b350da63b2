/** What an apply does to an index that a rollback pinned: nothing, but to record that it was looked at. */
import type { StateWriter } from '../../domain/ports/state.js';
import type { PlanContext } from '../../plan/plan-context.js';
import type { IndexOutcome } from '../index-outcome.js';
import type { IndexRun } from '../index-run.js';

export function restPinned(run: IndexRun, { live }: PlanContext, writer: StateWriter): IndexOutcome {
  const { status, missing, orphan, tampered } = live.summary;
  const clean = status === 'ok' && missing + orphan + tampered === 0;
  run.transaction((tx) => {
    const row = writer.index(run.manifestId);
    const last_good_run = clean ? run.runId : (row?.last_good_run ?? null);
    if (row !== undefined) tx.putIndex({ ...row, last_run: run.runId, last_good_run });
    run.saveRun(tx);
  });
  return { run, rejected: [], sync: undefined, live: live.summary, clean, staged: undefined };
}
