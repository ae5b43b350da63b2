/** The words in which every form of a run's report says the same. */
import { ACTION_SIGN } from '../../domain/plan.js';
import type {
  DownstreamDecision,
  Reconciliation,
  RunCoverage,
  RunReport,
  RunStatus,
} from '../../domain/run-report.js';
import { duration, groupDigits, money, plural, shortRun, tokens } from '../layout.js';

export const COVERAGE_CLASSES = [
  ['current', 'current'],
  ['old_kept', 'old kept'],
  ['quarantined', 'quarantined'],
  ['rejected', 'rejected'],
  ['skipped', 'skipped'],
  ['failed', 'failed'],
  ['pending', 'not reached'],
] as const satisfies readonly (readonly [keyof RunCoverage, string])[];

export const APPLIED_ACTIONS = ['create', 'move', 'update', 'repair', 'replace', 'delete'] as const;

export const STATUS_WORD: Readonly<Record<RunStatus, string>> = {
  success: 'success',
  warning: 'success with gaps',
  failed: 'FAILED',
  not_available: 'NOT FINISHED',
};

export const DECISION_WORD: Readonly<Record<DownstreamDecision, string>> = {
  proceed: 'proceed: others may build on this index',
  proceed_with_gaps: 'proceed with gaps: the index is sound, but not all that is declared is in it',
  hold: 'hold: do not build on this index yet',
};

/** Of these indexes, and where. */
export function titleOf({ indexes, environment }: RunReport): string {
  const names = indexes.map(({ manifest_id }) => manifest_id);
  return `${names.join(', ') || 'no index'} @ ${environment}`;
}

/** `1,296 declared = 1,283 current + 1 old kept + 12 skipped`. */
export function coverageSum(coverage: RunCoverage): string {
  const terms = COVERAGE_CLASSES.filter(([key]) => key === 'current' || coverage[key] > 0).map(
    ([key, word]) => `${groupDigits(coverage[key])} ${word}`,
  );
  return `${groupDigits(coverage.declared)} declared = ${terms.join(' + ')}`;
}

/** `+ 2 of 2 create`, where planned and done are told apart only when they differ. */
export function changeItems({ planned, applied }: RunReport['indexes'][number]): string[] {
  return APPLIED_ACTIONS.filter((action) => planned[action] > 0 || (applied?.[action] ?? 0) > 0).map(
    (action) => {
      const done = applied?.[action];
      const count =
        done === planned[action] || done === undefined
          ? groupDigits(planned[action])
          : `${groupDigits(done)} of ${groupDigits(planned[action])}`;
      return `${ACTION_SIGN[action]} ${count} ${action}${done === undefined ? ' planned' : ''}`;
    },
  );
}

export function writtenItems({ figures }: RunReport): string[] {
  const { upserted, relabelled, deleted, embedded, cached } = figures;
  return [
    `${plural(upserted, 'chunk')} put`,
    ...(relabelled > 0 ? [`${groupDigits(relabelled)} relabelled`] : []),
    ...(deleted > 0 ? [`${groupDigits(deleted)} deleted`] : []),
    `${groupDigits(embedded)} embedded`,
    `${groupDigits(cached)} from cache`,
  ];
}

/** `3,500 tokens, $0.0001, 2 retries`; what is not known is not said. */
export function spentItems({ figures }: RunReport): string[] {
  const items: string[] = [];
  if (figures.tokens !== null) items.push(tokens(figures.tokens), money(figures.cost));
  if (figures.retries !== null && figures.retries > 0)
    items.push(plural(figures.retries, 'retry', 'retries'));
  return items;
}

/** What is known of it; undefined: nothing was recorded of both figures. */
export function agreement(found: readonly Reconciliation[]): string {
  const known = found.filter(({ ok }) => ok !== null);
  const agree = known.filter(({ ok }) => ok === true).length;
  const open = found.length - known.length;
  const rest = open === 0 ? '' : `, ${groupDigits(open)} not known`;
  return `${groupDigits(agree)} of ${groupDigits(known.length)} figures agree${rest}`;
}

export function figureOf(value: string | number | null): string {
  if (value === null) return 'not known';
  if (typeof value === 'number') return groupDigits(value);
  return /^[0-9a-f]{32,64}$/.test(value) ? value.slice(0, 12) : value;
}

/** How it ended: `applied`, `killed`, and why where it did not end well. */
export function endOf({ run, verdict }: RunReport): string {
  if (run.outcome === null)
    return verdict.reason_codes.includes('running') ? 'at work now' : 'killed: it has no end';
  const why = run.reason === null || run.reason === 'ok' ? '' : `: ${run.reason}`;
  return `${run.outcome}${why}`;
}

export function howLong({ run }: RunReport): string {
  return run.duration_ms === null ? 'no end recorded' : duration(run.duration_ms);
}

export function runName({ run }: RunReport): string {
  return `run ${shortRun(run.run_id)}`;
}

/** Codes that say more than the reason does. */
export function furtherCodes({ run, verdict }: RunReport): string[] {
  return verdict.reason_codes.filter(
    (code) => code !== run.reason && code !== run.outcome && code !== 'killed',
  );
}

/** All that stand refused: `2 contract rejected`, `1 pii quarantined`. */
export function refusedItems({ refused }: RunReport['indexes'][number]): string[] {
  if (refused === null) return [];
  return (['rejected', 'quarantined'] as const).flatMap((verdict) =>
    Object.entries(refused[verdict]).map(([code, count]) => `${groupDigits(count)} ${verdict}: ${code}`),
  );
}

/** Skipped inputs by type: `12 .png, 3 empty`. */
export function skippedItems(skipped: Readonly<Record<string, number>>): string[] {
  return Object.entries(skipped).map(([type, count]) => `${groupDigits(count)} ${type}`);
}
