/** SubRip: numbered cues; nobody wrote a standard, so what players take is taken. Pure. */
import type { Refusal } from '../../domain/document.js';
import { readPlainCue } from './cue-text.js';
import { readCueTimes } from './timestamp.js';
import { malformed, type Utterance } from './utterance.js';

/** One word with a digit in it before an arrow; also where the times are damaged. An arrow between words is text. */
function isTimes(line: string): boolean {
  const arrow = line.indexOf('-->');
  const before = line.slice(0, Math.max(0, arrow)).trim();
  return /\d/.test(before) && !/\s/.test(before);
}

export function readSrt(text: string): readonly Utterance[] | Refusal {
  const lines = text.split(/\n|\r/);
  const timed = lines.flatMap((line, index) => (isTimes(line) ? [index] : []));
  const head = lines.findIndex((line) => line.trim() !== '');
  const [firstTimes] = timed;
  if (firstTimes === undefined) {
    return head < 0 ? [] : malformed(head + 1, 'no cue: there are no times (start --> end) in this file');
  }
  if (head < firstTimes && head !== numberAbove(lines, firstTimes, 0)) {
    return malformed(head + 1, 'this stands before the first cue, and belongs to none');
  }
  const found: Utterance[] = [];
  for (const [index, at] of timed.entries()) {
    const times = readCueTimes(lines[at] ?? '');
    if (times === undefined) {
      return malformed(at + 1, 'these are no times of a cue; write 00:01:02,500 --> 00:01:05,000');
    }
    const next = timed[index + 1];
    // Up to the next cue, and not to a blank line: some players' files have those inside a cue.
    let end = next === undefined ? lines.length : (numberAbove(lines, next, at + 1) ?? next);
    while (end > at + 1 && lines[end - 1]?.trim() === '') end--;
    const cue = readPlainCue(lines.slice(at + 1, end).join('\n'));
    if (cue !== '') found.push({ ...times, speaker: undefined, text: cue, lines: [at + 1, end] });
  }
  return found;
}

/** Where the number of the cue with these times stands, at `from` or below. A lone number in a text is text. */
function numberAbove(lines: readonly string[], times: number, from: number): number | undefined {
  const at = times - 1;
  if (at < from || !/^\s*\d+\s*$/.test(lines[at] ?? '')) return undefined;
  return at;
}
