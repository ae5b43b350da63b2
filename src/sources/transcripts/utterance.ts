/** Something that was said: what every format of a transcript is read into. */
import type { LineRange, Refusal } from '../../domain/document.js';

export interface Utterance {
  /** Milliseconds from the beginning of the recording. */
  readonly start_ms: number;
  readonly end_ms: number;
  /** Undefined: the transcript does not say. */
  readonly speaker: string | undefined;
  /** One line, without markup. */
  readonly text: string;
  /** Where it stands in the file. */
  readonly lines: LineRange;
}

/** Takes normalised text. In the order of the file; what is wrong first is why it is refused. */
export type ReadTranscript = (text: string) => readonly Utterance[] | Refusal;

/** @param line 1-based */
export function malformed(line: number, problem: string): Refusal {
  return { code: 'malformed', detail: `line ${line}: ${problem}` };
}

export function isRefused(read: readonly Utterance[] | Refusal): read is Refusal {
  return 'code' in read;
}
