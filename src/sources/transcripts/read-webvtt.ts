/** WebVTT (W3C): blocks between blank lines, of which those with times are cues. Pure. */
import type { Refusal } from '../../domain/document.js';
import { readVoices } from './cue-text.js';
import { readCueTimes } from './timestamp.js';
import { malformed, type Utterance } from './utterance.js';

/** Blocks that are no cues. */
const NOT_A_CUE = /^(?:NOTE|STYLE|REGION)(?:[ \t]|$)/;

export function readWebvtt(text: string): readonly Utterance[] | Refusal {
  const lines = text.split(/\n|\r/);
  if (!/^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? '')) {
    return { code: 'mislabelled', detail: 'line 1: a WebVTT file begins with WEBVTT' };
  }
  // What stands below the first line, up to a blank one, is about the file: X-TIMESTAMP-MAP, Kind, Language.
  let at = 1;
  while (at < lines.length && !isBlank(lines[at]) && !isTimes(lines[at])) at++;
  const found: Utterance[] = [];
  while (at < lines.length) {
    if (isBlank(lines[at])) {
      at++;
      continue;
    }
    const first = at;
    while (at < lines.length && !isBlank(lines[at])) at++;
    const problem = readBlock(lines, first, at, found);
    if (problem !== undefined) return problem;
  }
  return found;
}

/** `end` is exclusive. */
function readBlock(
  lines: readonly string[],
  first: number,
  end: number,
  found: Utterance[],
): Refusal | undefined {
  if (NOT_A_CUE.test(lines[first] ?? '')) return undefined;
  // The times may have the cue's name above them.
  const timed = [first, first + 1].find((line) => line < end && isTimes(lines[line]));
  if (timed === undefined) return malformed(first + 1, 'this cue has no times (start --> end)');
  for (let at = timed; at < end; ) {
    const times = readCueTimes(lines[at] ?? '');
    if (times === undefined) {
      return malformed(at + 1, 'these are no times of a cue; write 00:01:02.500 --> 00:01:05.000');
    }
    // A cue ends where the next one begins, also when nobody wrote the blank line.
    let next = at + 1;
    while (next < end && !isTimes(lines[next])) next++;
    const cue = lines.slice(at + 1, next).join('\n');
    for (const voice of readVoices(cue)) found.push({ ...times, ...voice, lines: [at + 1, next] });
    at = next;
  }
  return undefined;
}

function isTimes(line: string | undefined): boolean {
  return line?.includes('-->') === true;
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line === '';
}
