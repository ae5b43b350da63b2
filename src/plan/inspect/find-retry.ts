/** What it means to repeat a run: its flags and its manifests, and why, or why not. From recorded state alone. */
import { IngestError } from '../../domain/errors.js';
import type { DesiredState } from '../../domain/manifest.js';
import type { PlanOptions } from '../../domain/plan.js';
import type { StateReader } from '../../domain/ports/state.js';
import type { RunRow } from '../../domain/state-rows.js';
import { finishedCleanly } from '../live-view/mark-unfinished.js';

export interface FoundRetry {
  readonly run: RunRow;
  readonly options: PlanOptions;
  /** Of the run, as they are declared now. */
  readonly desired: DesiredState;
  /** A sentence each. */
  readonly why: readonly string[];
}

const VERBS = /^(?:apply|backfill|replay|retry|rejects)\b/;

/**
 * `asked`: id or prefix; undefined: the last run that did not end well.
 * @throws IngestError E505 for an unknown run; E613 for one that cannot be, or need not be, repeated
 */
export function findRetry(state: StateReader, desired: DesiredState, asked: string | undefined): FoundRetry {
  const run = asked === undefined ? lastUnfinished(state) : state.run(asked);
  if (run === undefined)
    throw refused('no run ended badly', 'Nothing is to be retried. Run ingest apply to read what is new.');
  const name = `run ${run.run_id.slice(0, 8)}`;
  if (!VERBS.test(run.command)) {
    throw refused(
      `${name} was \`${run.command}\`, which reads no input`,
      `Run that command again: ingest ${run.command}`,
    );
  }
  if (run.outcome !== null && finishedCleanly(run.outcome) && run.outcome !== 'partial') {
    throw refused(
      `${name} ended well (${run.outcome})`,
      'Nothing is to be retried. Run ingest apply to read what is new.',
    );
  }
  const start = startOf(state, run);
  const manifests = desired.manifests.filter(({ manifest_id }) => run.manifests.includes(manifest_id));
  const missing = run.manifests.filter((id) => !manifests.some(({ manifest_id }) => manifest_id === id));
  if (manifests.length === 0) {
    throw refused(
      `${name} was of ${missing.join(', ')}, which is not declared here`,
      'Declare it again, or name its file with -f.',
    );
  }
  return {
    run,
    options: start.options,
    desired: { ...desired, manifests },
    why: [
      `a retry repeats ${name}, which ${endOf(run)}, with its flags and for the same manifests. What it did is not done again.`,
      ...changedSince(start.manifests, manifests),
      ...(missing.length === 0 ? [] : [`${missing.join(', ')} is not declared any more and is left alone.`]),
      ...laterRun(state, run),
      'apply would plan by the flags that it is given now; replay takes what was landed, not the sources; backfill reads a past window.',
    ],
  };
}

function lastUnfinished(state: StateReader): RunRow | undefined {
  return state
    .runs(LOOK_BACK)
    .find(
      ({ command, outcome }) =>
        VERBS.test(command) && (outcome === null || outcome === 'partial' || !finishedCleanly(outcome)),
    );
}

const LOOK_BACK = 100;

function endOf({ outcome, reason }: RunRow): string {
  if (outcome === null) return 'did not finish';
  return reason === null || reason === outcome ? `ended ${outcome}` : `ended ${outcome} (${reason})`;
}

interface Start {
  readonly options: PlanOptions;
  readonly manifests: readonly { readonly manifest_id: string; readonly sha256: string }[];
}

function startOf(state: StateReader, run: RunRow): Start {
  for (const { type, data } of state.journal(run.run_id, 0)) {
    if (type !== 'RUN_START') continue;
    const options = data['options'] as PlanOptions | undefined;
    if (options === undefined) break;
    return { options, manifests: (data['manifests'] ?? []) as Start['manifests'] };
  }
  throw refused(
    `run ${run.run_id.slice(0, 8)} left no word of its flags`,
    'It ended before it began to write, or an older version wrote it. Run ingest apply.',
  );
}

function changedSince(then: Start['manifests'], now: DesiredState['manifests']): string[] {
  const before = new Map(then.map(({ manifest_id, sha256 }) => [manifest_id, sha256]));
  const changed = now.filter(
    ({ manifest_id, sha256 }) => before.has(manifest_id) && before.get(manifest_id) !== sha256,
  );
  return changed.map(
    ({ manifest_id }) => `The manifest of ${manifest_id} was edited since: it is planned as it is now.`,
  );
}

function laterRun(state: StateReader, { run_id, manifests }: RunRow): string[] {
  const after = [];
  for (const run of state.runs(LOOK_BACK)) {
    if (run.run_id === run_id) break;
    if (run.outcome === 'applied' && run.manifests.some((id) => manifests.includes(id))) after.push(run);
  }
  const [last] = after;
  return last === undefined
    ? []
    : [`Run ${last.run_id.slice(0, 8)} applied since, so little may be left to do.`];
}

function refused(problem: string, advice: string): IngestError {
  return new IngestError('E613', problem, { kind: 'input', advice });
}
