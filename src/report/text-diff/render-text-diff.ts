/** The changed text of an index's documents on a terminal, one after the other; nothing is held. */
import type { Change, PlanIndex } from '../../domain/plan.js';
import { changeRow } from '../change-row.js';
import { sectionOf } from '../collect-changes.js';
import { plural } from '../layout.js';
import type { Style } from '../style.js';
import { type DiffLine, diffLines, hasText, type LineKind } from './diff-lines.js';

export interface TextDiffOptions {
  readonly style: Style;
  /** Every line of every document. */
  readonly verbose: boolean;
}

const MAX_LINES = 80;

export function* renderTextDiffs(index: PlanIndex, options: TextDiffOptions): Generator<string> {
  for (const change of index.changes()) {
    if (change.diff === undefined || !hasText(change.diff)) continue;
    yield '';
    yield* documentDiff(change, diffLines(change.diff), options);
  }
}

function* documentDiff(
  change: Change,
  lines: Iterable<DiffLine>,
  { style, verbose }: TextDiffOptions,
): Generator<string> {
  const row = changeRow(change, sectionOf(change));
  yield style.bold(`${row.sign} ${row.document}  ${row.chunks}`);
  const paint: Readonly<Record<LineKind, (text: string) => string>> = {
    place: style.cyan,
    removed: style.red,
    added: style.green,
    same: (text) => text,
    note: style.dim,
  };
  let shown = 0;
  for (const { kind, text } of lines) {
    if (verbose || shown < MAX_LINES) yield paint[kind](text);
    shown++;
  }
  if (!verbose && shown > MAX_LINES) {
    yield style.dim(`\\ ${plural(shown - MAX_LINES, 'more line')}: --verbose`);
  }
}
