/**
 * The changed text of documents in a comment: first what changes, then what is new. It is the first to be cut, between
 * documents; no more of it is held than the budget could show.
 */
import type { Change, Plan } from '../../domain/plan.js';
import { changeRow } from '../change-row.js';
import { sectionOf } from '../collect-changes.js';
import { groupDigits, plural } from '../layout.js';
import { diffLines, hasText } from '../text-diff/diff-lines.js';
import { ByteBudget } from './byte-budget.js';
import { code, fenceFor } from './escape-markdown.js';

/** Of one document, so that a long one leaves room for others. */
const MAX_BYTES = 6_000;

export function* markdownTextDiffs(plan: Plan, budget: ByteBudget): Generator<string> {
  // Opening and closing, with numbers as long as they ever are.
  if (!budget.take(...opening(1_000_000, 1_000_000), ...CLOSING)) return;
  const blocks: string[][] = [];
  let count = 0;
  let full = false;
  for (const isNew of [false, true]) {
    for (const change of changedTexts(plan)) {
      if ((change.before === null) !== isNew) continue;
      count++;
      if (full) continue;
      const block = documentBlock(change);
      full = !budget.take(...block);
      if (!full) blocks.push(block);
    }
  }
  if (count === 0) return;
  yield* opening(blocks.length, count);
  yield* blocks.flat();
  yield* CLOSING;
}

function* changedTexts(plan: Plan): Generator<Change> {
  for (const index of plan.indexes) {
    for (const change of index.changes()) {
      if (change.diff !== undefined && hasText(change.diff)) yield change;
    }
  }
}

function opening(shown: number, count: number): string[] {
  const cut = shown < count ? ['', 'The rest: `ingest show FILE --diff`.'] : [];
  return [
    '',
    `<details><summary>Text of ${plural(count, 'document')} (${groupDigits(shown)} of ${groupDigits(count)} shown)</summary>`,
    ...cut,
  ];
}

const CLOSING = ['', '</details>'];

function documentBlock(change: Change): string[] {
  const room = new ByteBudget(MAX_BYTES);
  const lines: string[] = [];
  let more = 0;
  for (const { text } of change.diff === undefined ? [] : diffLines(change.diff)) {
    // A line that does not fit ends it: what follows would look as if nothing were between.
    if (more === 0 && room.take(text)) lines.push(text);
    else more++;
  }
  if (more > 0) lines.push(`\\ ${plural(more, 'more line')}`);
  const fence = fenceFor(lines);
  const row = changeRow(change, sectionOf(change));
  return ['', `${code(`${row.sign} ${row.document}`)} ${row.chunks}`, '', `${fence}diff`, ...lines, fence];
}
