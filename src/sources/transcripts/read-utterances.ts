/** Utterances as JSON Lines: one object a line, with a start, an end, a text and perhaps a speaker. Pure. */
import type { Refusal } from '../../domain/document.js';
import type { TranscriptFields } from '../../domain/source-spec.js';
import { fieldOf } from '../records/map-record.js';
import { oneLine } from './cue-text.js';
import { readClock } from './timestamp.js';
import { malformed, type Utterance } from './utterance.js';

const UNIT = { seconds: 1000, milliseconds: 1 } as const;

export function readUtterances(text: string, fields: TranscriptFields): readonly Utterance[] | Refusal {
  const found: Utterance[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = readLine(line, index + 1, fields);
    if ('code' in read) return read;
    if (read.text !== '') found.push(read);
  }
  return found;
}

function readLine(line: string, number: number, fields: TranscriptFields): Utterance | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return malformed(number, 'not JSON; a transcript has one JSON object a line');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed(number, 'not a JSON object');
  }
  const of = (name: string): unknown => fieldOf(value as Record<string, unknown>, name);
  const start_ms = readTime(of(fields.start), fields.time_unit);
  const end_ms = readTime(of(fields.end), fields.time_unit);
  if (start_ms === undefined || end_ms === undefined) {
    const name = start_ms === undefined ? fields.start : fields.end;
    return malformed(number, `"${name}" is no time: ${fields.time_unit}, or a text such as 00:01:02.500`);
  }
  const text = of(fields.text);
  if (typeof text !== 'string') return malformed(number, `"${fields.text}" is no text`);
  const speaker = of(fields.speaker);
  if (
    speaker !== undefined &&
    speaker !== null &&
    typeof speaker !== 'string' &&
    typeof speaker !== 'number'
  ) {
    return malformed(number, `"${fields.speaker}" is no name`);
  }
  const name = oneLine(String(speaker ?? ''));
  return {
    start_ms,
    end_ms,
    speaker: name === '' ? undefined : name,
    text: oneLine(text),
    lines: [number, number],
  };
}

function readTime(value: unknown, unit: TranscriptFields['time_unit']): number | undefined {
  if (typeof value === 'string') return readClock(value.trim());
  if (typeof value !== 'number' || value < 0 || value > Number.MAX_SAFE_INTEGER / 1000) return undefined;
  return Math.round(value * UNIT[unit]);
}
