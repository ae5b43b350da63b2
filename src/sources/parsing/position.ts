/** Where an offset stands, for people: both from 1, the column in code points. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: Array.from(text.slice(start, Math.min(offset, start + 100_000))).length + 1 };
}
