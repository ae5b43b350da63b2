/** What a soak found, in one table and as JSON. */
import type { RoundReport } from './round.js';
import type { DisturbanceKind } from './script.js';

export interface SoakSummary {
  readonly seed: number;
  readonly rounds: number;
  /** Interruptions that met a living run, by kind. */
  readonly hits: Readonly<Record<DisturbanceKind, number>>;
  /** Interruptions that came when the run had ended already. */
  readonly missed: number;
  readonly unsearchable: number;
  readonly unreadable: number;
  readonly failed_plans: number;
  /** Of the broken ones: not met by the plan, but by its apply, which failed with its name, or a plan at `content`. */
  readonly found_late: number;
  readonly chroma_crashes: number;
  readonly healed_by_apply: number;
  readonly healed_by_restart: number;
  readonly healed_by_deletion: number;
  readonly records_checked: number;
  readonly texts_embedded: number;
  /** Asked for again because the run that had asked died with the answer. */
  readonly texts_embedded_again: number;
  readonly violations: readonly { readonly round: number; readonly violation: string }[];
  readonly minutes: number;
}

const KINDS: readonly DisturbanceKind[] = ['sigkill', 'sigint', 'sigint-twice', 'server', 'server-in-flush'];

export function summarise(seed: number, reports: readonly RoundReport[]): SoakSummary {
  const steps = reports.flatMap((report) => report.steps);
  const count = (kind: DisturbanceKind) => steps.filter((step) => step.hit && step.kind === kind).length;
  const sum = (of: (report: RoundReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    seed,
    rounds: reports.length,
    hits: Object.fromEntries(KINDS.map((kind) => [kind, count(kind)])) as Record<DisturbanceKind, number>,
    missed: steps.filter((step) => !step.hit).length,
    unsearchable: sum((report) => (report.broken === 'unsearchable' ? 1 : 0)),
    unreadable: sum((report) => (report.broken === 'unreadable' ? 1 : 0)),
    failed_plans: sum((report) => report.failedPlans),
    found_late: sum((report) => (report.foundLate ? 1 : 0)),
    chroma_crashes: sum((report) => report.crashes),
    healed_by_apply: sum((report) => (report.healed === 'by apply' ? 1 : 0)),
    healed_by_restart: sum((report) => (report.healed === 'by a restart of Chroma' ? 1 : 0)),
    healed_by_deletion: sum((report) => (report.healed === 'by deletion' ? 1 : 0)),
    records_checked: sum((report) => report.records),
    texts_embedded: sum((report) => report.embedded),
    texts_embedded_again: sum((report) => report.embeddedAgain),
    violations: reports.flatMap(({ round, violations }) =>
      violations.map((violation) => ({ round, violation })),
    ),
    minutes: Math.round(sum((report) => report.seconds) / 6) / 10,
  };
}

export function renderSummary(summary: SoakSummary): string {
  const { hits } = summary;
  const rows: readonly (readonly [string, number | string])[] = [
    ['seed', String(summary.seed)],
    ['rounds', summary.rounds],
    ['program killed (SIGKILL)', hits.sigkill],
    ['program interrupted once (SIGINT)', hits.sigint],
    ['program interrupted twice', hits['sigint-twice']],
    ['Chroma killed while it wrote its search index', hits['server-in-flush']],
    ['Chroma killed at another moment', hits.server],
    ['interruptions that came too late', summary.missed],
    ['Chroma ended by itself, or hung and was ended', summary.chroma_crashes],
    ['search broken, and the plan said so', summary.unsearchable],
    ['  of these met by the apply, or a closer plan', summary.found_late],
    ['Chroma could not even count', summary.unreadable],
    ['plans that failed until Chroma read again', summary.failed_plans],
    ['  mended by apply', summary.healed_by_apply],
    ['  mended by a restart of Chroma', summary.healed_by_restart],
    ['  mended by deleting the collection', summary.healed_by_deletion],
    ['records compared with a fresh build', summary.records_checked],
    ['texts embedded', summary.texts_embedded],
    ['  again, their answer having died with its run', summary.texts_embedded_again],
    ['violations', summary.violations.length],
    ['minutes', summary.minutes],
  ];
  const lines = rows.map(([name, value]) => {
    const shown = typeof value === 'string' ? value : value.toLocaleString('en-US');
    return `${name.padEnd(48)} ${shown.padStart(12)}`;
  });
  const found = summary.violations.map(({ round, violation }) => `round ${round}: ${violation}`);
  return [...lines, ...found].join('\n');
}

export function renderRound(report: RoundReport): string {
  const { round, steps, records, broken, foundLate, failedPlans, healed, violations, seconds } = report;
  const what = steps.map(({ step, hit }) => (hit ? step : `(${step})`)).join(', ');
  const search = broken === null ? '' : `, ${broken}, mended ${healed}`;
  const late = foundLate ? ', found late' : '';
  const failed = failedPlans === 0 ? '' : `, ${failedPlans} plans failed`;
  const verdict =
    violations.length === 0 ? 'ok' : `${violations.length} VIOLATIONS: ${violations.join('; ')}`;
  return `round ${round}: ${what}${search}${late}${failed}; ${records} records; ${seconds.toFixed(1)} s; ${verdict}`;
}
