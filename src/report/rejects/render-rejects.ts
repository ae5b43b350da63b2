/** The refused documents on record: how many for which reason, then each. */
import type { ListedReject, RejectsReport } from '../../domain/rejects.js';
import { safe, safeJson } from '../escape.js';
import { flowItems } from '../flow-items.js';
import { groupDigits, isoTime, padStart, plural, shortRun } from '../layout.js';
import type { Style } from '../style.js';

const SHOWN = 50;

export interface RenderRejectsOptions {
  readonly style: Style;
  readonly width: number;
  /** All of them. */
  readonly verbose: boolean;
  /** The command to run next. */
  readonly next: string;
}

export function* renderRejects(found: RejectsReport, options: RenderRejectsOptions): Generator<string> {
  const { style, width, verbose } = options;
  if (found.total === 0) {
    yield `Nothing is refused in ${safe(found.environment)}.`;
    return;
  }
  const digits = groupDigits(found.by_code[0]?.documents ?? 0).length;
  for (const { verdict, code, documents } of found.by_code) {
    yield `${padStart(groupDigits(documents), digits)}  ${verdict === 'quarantine' ? 'quarantine  ' : 'reject      '}${safe(code)}`;
  }
  yield '';
  let shown = 0;
  for (const row of found.rows()) {
    if (!verbose && shown >= SHOWN) break;
    shown++;
    yield* rejectLines(row, style, width);
  }
  const rest = found.total - shown;
  if (rest > 0)
    yield style.dim(`  ${groupDigits(shown)} of ${groupDigits(found.total)} shown; each: --verbose`);
  yield style.bold(`${plural(found.total, 'document')} refused in ${safe(found.environment)}.`);
  yield `${style.dim('Next'.padEnd(10))}${safe(options.next)}`;
}

function* rejectLines(row: ListedReject, style: Style, width: number): Generator<string> {
  const sign = row.verdict === 'quarantine' ? style.yellow('x') : style.red('x');
  const at = row.location === null ? '' : `  at ${safe(row.location)}`;
  const since = row.since === null ? '' : `  since ${safe(isoTime(row.since))}`;
  const run = row.first_run === null ? '' : ` run ${safe(shortRun(row.first_run))}`;
  const verdict = row.verdict === 'quarantine' ? 'quarantine  ' : '';
  yield `${sign} ${safe(row.uri)}${at}  ${style.dim(`${since.trim()}${run}`)}`.trimEnd();
  yield* flowItems(
    '    ',
    `${verdict}${row.codes.map(safe).join(', ')}: ${safe(row.reason)}`.split(' '),
    ' ',
    width,
  );
}

/** One JSON value, a row a line. */
export function* rejectsJson(found: RejectsReport): Generator<string> {
  const { environment, total, by_code } = found;
  const head = safeJson({ environment, total, by_code });
  yield `${head.slice(0, -1)},"rejects":[`;
  let held: string | undefined;
  for (const row of found.rows()) {
    if (held !== undefined) yield `${held},`;
    held = safeJson(row);
  }
  if (held !== undefined) yield held;
  yield ']}';
}
