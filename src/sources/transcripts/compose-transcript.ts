/**
 * Utterances to the text that is indexed: one line each, with the speaker in front, a blank line where another one
 * begins to speak. Version 1. Times stand beside the text and not in it: a shift of all of them embeds nothing.
 */
import type { LineRange, ParsedText, Refusal, TimeRange } from '../../domain/document.js';
import { malformed, type Utterance } from './utterance.js';

/** Several may speak at once, so that one ends after the next began; but nobody begins before the one above. */
export function composeTranscript(utterances: readonly Utterance[]): ParsedText | Refusal {
  const lines: string[] = [];
  const line_ranges: LineRange[] = [];
  const times: TimeRange[] = [];
  let before: Utterance | undefined;
  for (const utterance of utterances) {
    const { start_ms, end_ms, speaker, text } = utterance;
    const [line] = utterance.lines;
    if (end_ms < start_ms)
      return malformed(line, `it ends at ${clock(end_ms)}, before it starts (${clock(start_ms)})`);
    if (before !== undefined && start_ms < before.start_ms) {
      const above = `the one above it, on line ${before.lines[0]} (${clock(before.start_ms)})`;
      return malformed(line, `it starts at ${clock(start_ms)}, before ${above}`);
    }
    const said = speaker === undefined ? text : `${speaker}: ${text}`;
    // The blank line belongs to what stands above it.
    if (before !== undefined && before.speaker !== speaker) {
      lines.push('');
      line_ranges.push(before.lines);
      times.push([before.start_ms, before.end_ms]);
    }
    lines.push(said);
    line_ranges.push(utterance.lines);
    times.push([start_ms, end_ms]);
    before = utterance;
  }
  return { text: lines.join('\n'), first_line: 1, line_ranges, times, metadata: {}, warnings: [] };
}

function clock(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  const fraction = String(ms % 1000).padStart(3, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}
