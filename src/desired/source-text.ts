/** The text of one manifest file: from offsets to lines and columns, and the line to show, masked. */
import type { SourcePosition } from '../domain/errors.js';
import type { TextRange } from '../platform/yaml.js';

export interface Excerpt {
  readonly position: SourcePosition;
  readonly excerpt: string;
  readonly excerptColumn: number;
  readonly length: number;
}

const MASK = '********';

export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];
  #masks: readonly TextRange[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Ranges that no excerpt may ever show. */
  mask(ranges: readonly TextRange[]): void {
    const sorted = [...this.#masks, ...ranges].sort((a, b) => a.start - b.start);
    const merged: TextRange[] = [];
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last && range.start <= last.end) {
        merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
      } else if (range.end > range.start) merged.push(range);
    }
    this.#masks = merged;
  }

  /** The first line of the range, with masks in place of secrets. */
  excerpt(range: TextRange): Excerpt {
    // What is missing at the end of the file is shown at its last character.
    const last = Math.max(0, this.text.trimEnd().length - 1);
    const start = Math.min(Math.max(range.start, 0), last);
    const line = this.#lineOf(start);
    const lineStart = this.#lineStarts[line] ?? 0;
    const newline = this.text.indexOf('\n', lineStart);
    let lineEnd = newline < 0 ? this.text.length : newline;
    if (this.text[lineEnd - 1] === '\r' && lineEnd > lineStart) lineEnd--;

    let shown = '';
    let from = -1;
    let to = -1;
    let at = lineStart;
    const copy = (end: number): void => {
      if (start >= at && start <= end && from < 0) from = shown.length + start - at;
      if (range.end > at && range.end <= end) to = shown.length + range.end - at;
      shown += this.text.slice(at, end);
      at = end;
    };
    for (const mask of this.#masks) {
      if (mask.end <= lineStart || mask.start >= lineEnd) continue;
      copy(Math.max(mask.start, lineStart));
      if (start >= mask.start && start < mask.end) from = shown.length;
      shown += MASK;
      if (range.end > mask.start && range.end <= mask.end) to = shown.length;
      at = Math.min(mask.end, lineEnd);
    }
    copy(lineEnd);
    if (from < 0) from = shown.length;
    if (to < 0) to = shown.trimEnd().length;
    return {
      position: { file: this.file, line: line + 1, column: start - lineStart + 1 },
      excerpt: printable(shown),
      excerptColumn: from + 1,
      length: Math.max(1, to - from),
    };
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** One column for each unit, nothing that a terminal would obey. */
export function printable(line: string): string {
  return line
    .replaceAll('\t', ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\uFFFD');
}
