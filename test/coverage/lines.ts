/** Which lines hold a statement, and how often each ran. */
export type Lines = Map<string, Map<number, number>>;

/** The part of an Istanbul coverage file that is needed. */
interface FileCoverage {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
}

/** A line is as often run as the statement on it that ran most. */
export function linesOf(coverage: Readonly<Record<string, FileCoverage>>): Lines {
  const files: Lines = new Map();
  for (const { path, statementMap, s } of Object.values(coverage)) {
    const lines = new Map<number, number>();
    for (const [key, { start }] of Object.entries(statementMap)) {
      lines.set(start.line, Math.max(lines.get(start.line) ?? 0, s[key] ?? 0));
    }
    files.set(path, lines);
  }
  return files;
}

/** Hits of lines that are known already: what another tool sees as a statement more is not counted. */
export function addLines(to: Lines, more: Lines): void {
  for (const [file, lines] of more) {
    const known = to.get(file);
    if (known === undefined) continue;
    for (const [line, hits] of lines) {
      const before = known.get(line);
      if (before !== undefined) known.set(line, before + hits);
    }
  }
}
