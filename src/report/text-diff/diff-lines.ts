/** A document's diff as lines that begin as in a unified diff: what goes, what comes, and a little around it. */
import { diffArrays } from 'diff/lib/diff/array.js';
import type { DiffChunk, DiffHunk, TextDiff } from '../../domain/plan.js';
import { safe } from '../escape.js';
import { groupDigits, plural } from '../layout.js';

/** `note` is ours, not text of the document. */
export type LineKind = 'place' | 'removed' | 'added' | 'same' | 'note';

export interface DiffLine {
  readonly kind: LineKind;
  readonly text: string;
}

/** Lines shown around a change, on each side. */
const CONTEXT = 3;
/** Longer lines are shown sentence by sentence. */
const LONG_LINE = 160;
/** Edits up to which lines are compared: beyond, all go and all come, which is as true and takes no time. */
const MAX_EDITS = 1_000;

/** False when nothing of the text changes: titles and tags alone. */
export function hasText({ hunks, cut }: TextDiff): boolean {
  return hunks.length > 0 || cut > 0;
}

export function* diffLines(diff: TextDiff): Generator<DiffLine> {
  for (const hunk of diff.hunks) {
    yield { kind: 'place', text: placeOf(hunk) };
    const unknown = hunk.removed.filter((chunk) => chunk.text === null).length;
    if (unknown > 0)
      yield note(`${plural(unknown, 'old chunk')}: text not known: live was not read, or has lost it`);
    yield* compared(hunk);
  }
  if (diff.cut > 0) {
    yield note(`${plural(diff.cut, 'more changed chunk')} not shown or shortened: too much text`);
  }
}

function note(text: string): DiffLine {
  return { kind: 'note', text: `\\ ${text}` };
}

/** `@@ -12,7 +12,9 @@ Guide > Routing`: first line and number of lines of the file, as in a unified diff. */
function placeOf({ removed, added }: DiffHunk): string {
  const heading = added[0]?.heading ?? removed[0]?.heading ?? '';
  const text = `@@ -${rangeOf(removed)} +${rangeOf(added)} @@`;
  return heading === '' ? text : `${text} ${safe(heading)}`;
}

function rangeOf(chunks: readonly DiffChunk[]): string {
  if (chunks.length === 0) return '0,0';
  const lines = chunks.flatMap((chunk) => (chunk.lines === null ? [] : [chunk.lines]));
  if (lines.length === 0) return '?';
  const first = Math.min(...lines.map(([start]) => start));
  const last = Math.max(...lines.map(([, end]) => end));
  return `${first},${last - first + 1}`;
}

function* compared({ removed, added }: DiffHunk): Generator<DiffLine> {
  const before = linesOf(removed);
  const after = linesOf(added);
  const parts = diffArrays(before, after, { maxEditLength: MAX_EDITS });
  if (parts === undefined) {
    yield* before.map((text): DiffLine => ({ kind: 'removed', text: `-${text}` }));
    yield* after.map((text): DiffLine => ({ kind: 'added', text: `+${text}` }));
    return;
  }
  for (const [i, part] of parts.entries()) {
    if (part.removed) yield* part.value.map((text): DiffLine => ({ kind: 'removed', text: `-${text}` }));
    else if (part.added) yield* part.value.map((text): DiffLine => ({ kind: 'added', text: `+${text}` }));
    else yield* around(part.value, i === 0, i === parts.length - 1);
  }
}

/** Of what is the same only the lines next to a change. */
function* around(lines: readonly string[], first: boolean, last: boolean): Generator<DiffLine> {
  const head = first ? 0 : CONTEXT;
  const tail = last ? 0 : CONTEXT;
  const same = (text: string): DiffLine => ({ kind: 'same', text: ` ${text}` });
  const hidden = lines.length - head - tail;
  if (hidden <= 1) {
    yield* lines.map(same);
    return;
  }
  yield* lines.slice(0, head).map(same);
  yield note(`${groupDigits(hidden)} lines are the same`);
  if (tail > 0) yield* lines.slice(-tail).map(same);
}

/** An empty line between chunks. Every line safe to show; tabs stay, they are harmless and often all the difference. */
function linesOf(chunks: readonly DiffChunk[]): string[] {
  const texts = chunks.flatMap((chunk) => (chunk.text === null ? [] : [chunk.text]));
  return texts.flatMap((text, i) => [
    ...(i === 0 ? [] : ['']),
    ...text
      .split('\n')
      .flatMap(sentencesOf)
      .map((line) => line.split('\t').map(safe).join('\t')),
  ]);
}

/** Prose often has a paragraph a line: nobody finds the changed word in a thousand characters. */
function sentencesOf(line: string): string[] {
  return line.length <= LONG_LINE ? [line] : line.split(/(?<=[.!?] )|(?<=[。！？])/);
}
