/** An apply that ended before it had a plan (Chroma away, a signal) is a run too: the next morning it is there. */
import { judgeRun, NOTHING_KNOWN } from '../diff/judge-run.js';
import { IngestError } from '../domain/errors.js';
import type { ResumeReport } from '../domain/results.js';
import type { ApplyPorts } from './apply-ports.js';

/** Never throws: why the planning failed is what must be said. */
export function recordUnplanned(
  ports: Pick<ApplyPorts, 'writer' | 'recorder' | 'clock' | 'signal' | 'stopwatch'>,
  facts: Readonly<Record<string, unknown>>,
  resume: ResumeReport,
  error: unknown,
): void {
  const { writer, recorder, clock, signal, stopwatch } = ports;
  const outcome = signal.aborted ? 'interrupted' : 'failed';
  const reason = signal.aborted
    ? 'interrupted while planning'
    : error instanceof IngestError
      ? `${error.code} ${error.message}`
      : 'E901 unexpected error while planning';
  const event = { run_id: recorder.facts.run_id, manifest_id: null };
  try {
    writer.transaction((tx) => {
      recorder.save(tx, { at: new Date(clock.now()).toISOString(), outcome, reason });
      tx.append({ ...event, type: 'RUN_START', data: { ...facts, ...resume, plan_id: null } });
      tx.append({
        ...event,
        type: 'RUN_FINISH',
        data: {
          outcome,
          reason,
          delta: null,
          verdict: judgeRun({ ...NOTHING_KNOWN, outcome, reason }),
          timings: stopwatch.timings() ?? null,
          warn_count: 0,
          warn_functional_count: 0,
          warn_keys: [],
        },
      });
    });
  } catch {
    // The lease may be lost or the disk full; the error that is thrown already says what stopped the run.
  }
}
