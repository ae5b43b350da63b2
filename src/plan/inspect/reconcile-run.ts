/** Figures of one run that must be equal, each from two places that do not know of each other. */

import type { FinishedIndex, PlannedIndex, Reconciliation, RunReportIndex } from '../../domain/run-report.js';
import type { RunRow } from '../../domain/state-rows.js';

interface End {
  readonly indexes?: readonly FinishedIndex[];
  readonly warn_count?: number;
}

const ENDED: ReadonlySet<string> = new Set(['applied', 'no_changes', 'partial']);
/** Journalled of one index at most. */
const MAX_WARNINGS = 100;

export function reconcileRun(
  run: RunRow,
  planned: readonly PlannedIndex[],
  end: End | undefined,
  indexes: readonly RunReportIndex[],
  warnings: number,
): Reconciliation[] {
  const found = indexes.flatMap((index, i) => {
    const plan = planned[i];
    const finished = end?.indexes?.find(({ manifest_id }) => manifest_id === index.manifest_id);
    return plan === undefined ? [] : ofIndex(run, plan, finished, index);
  });
  const all = end?.warn_count;
  if (all !== undefined && all <= MAX_WARNINGS) {
    found.push(compare('warnings', null, 'warnings of the plan = warnings in the journal', all, warnings));
  }
  return found;
}

function ofIndex(
  run: RunRow,
  planned: PlannedIndex,
  end: FinishedIndex | undefined,
  { manifest_id: id, coverage, applied }: RunReportIndex,
): Reconciliation[] {
  const { declared, ...classes } = coverage;
  const sum = Object.values(classes).reduce((total, n) => total + n, 0);
  const found = [compare('coverage', id, 'declared = the sum of its classes', declared, sum)];
  if (end === undefined || applied === null) return found;
  const { summary, manifest_sha256, batch_id, sources } = planned;
  const { create, move, update, repair, replace } = summary;
  const changes = create + move + update + repair + replace + summary.delete;
  const done = Object.values(applied).reduce((total, n) => total + n, 0);
  const ended = ENDED.has(run.outcome ?? '');
  found.push(
    compare('changes', id, 'planned changes = applied + failed', changes, ended ? done + end.failed : null),
  );
  const sync = end.strict_sync;
  const { live } = end;
  const looked = sync === null ? live.count : sync.actual;
  found.push(
    compare(
      'records',
      id,
      `recorded chunks of the collection = live records but foreign ones (${sync?.level ?? live.verify})`,
      sync?.expected ?? end.collection_chunks,
      looked === null || (sync === null && live.verify === 'off') ? null : looked - live.foreign,
    ),
  );
  // A part of the input, a destroy, a pinned index, a collection that waits: then another batch is recorded.
  const whole = ended && !planned.part && end.batch_id !== null && sources.length > 0;
  if (!whole || run.reason === 'checks_failed' || coverage.failed + coverage.pending > 0) return found;
  // An increment declares what it lists; most of what is recorded lies before it.
  const listed = sources.every(({ listing }) => listing === 'full');
  if (listed) {
    found.push(
      compare(
        'documents',
        id,
        'current + old kept = recorded documents',
        coverage.current + coverage.old_kept,
        end.recorded.documents,
      ),
    );
  }
  // A run without work on this index records neither: its input may differ in what makes no record, such as a comment.
  if (sync === null) return found;
  found.push(
    compare('batch', id, 'batch that was read = batch that is recorded', batch_id, end.batch_id),
    compare(
      'manifest',
      id,
      'manifest that was read = manifest that is recorded',
      manifest_sha256,
      end.manifest_sha256,
    ),
  );
  return found;
}

function compare<T extends string | number>(
  name: string,
  manifest_id: string | null,
  what: string,
  expected: T | null,
  actual: T | null,
): Reconciliation {
  const ok = expected === null || actual === null ? null : expected === actual;
  return { name, manifest_id, expected, actual, ok, what };
}
