/** The end of a run: its row, and RUN_FINISH with the evidence, in one transaction. */
import { IngestError } from '../domain/errors.js';
import type { ApplyResult } from '../domain/results.js';
import type { ExecutablePlan } from '../plan/executable-plan.js';
import type { ApplyPorts } from './apply-ports.js';
import { finishedIndexes, type Looked, verdictOf } from './run-evidence.js';
import type { Running } from './summarise-run.js';

export function finishRun(
  ports: ApplyPorts,
  plan: ExecutablePlan,
  result: ApplyResult,
  {
    running,
    looked,
    failure,
  }: { readonly running: Running; readonly looked: readonly Looked[]; readonly failure: unknown },
): void {
  const { writer, recorder, clock, stopwatch } = ports;
  const warnings = plan.indexes.flatMap((index) => index.header.warnings);
  // A lost lease ends the right to write: the run that took over has the word.
  if (failure instanceof IngestError && failure.code === 'E504') return;
  recorder.count({ embedded: result.embedded, cached: result.cached });
  const at = new Date(clock.now()).toISOString();
  const indexes = finishedIndexes(writer, plan, running, looked);
  writer.transaction((tx) => {
    recorder.save(tx, { at, outcome: result.outcome, reason: result.reason });
    tx.append({
      type: 'RUN_FINISH',
      run_id: recorder.facts.run_id,
      manifest_id: null,
      data: {
        outcome: result.outcome,
        reason: result.outcome === 'applied' || result.outcome === 'no_changes' ? 'ok' : result.reason,
        delta: result.strict_sync?.delta ?? null,
        strict_sync: result.strict_sync,
        checks: result.checks.map(({ manifest_id, status, passed, failed, recall, mrr, swap_blocked }) => ({
          manifest_id,
          status,
          passed,
          failed,
          recall,
          mrr,
          swap_blocked,
        })),
        applied: result.applied,
        failed: result.failed,
        rejected: result.rejected,
        quarantined: result.quarantined,
        withheld: result.withheld,
        verdict: verdictOf(plan, result, indexes),
        indexes,
        timings: stopwatch.timings() ?? null,
        duration_ms: result.duration_ms,
        warn_count: warnings.length,
        warn_functional_count: warnings.filter((warning) => warning.functional).length,
        warn_keys: [...new Set(warnings.map((warning) => warning.key))].sort(),
      },
    });
  });
}
