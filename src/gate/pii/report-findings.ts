/** Collects what was found in one document: places and counts, never values. */
import type { LineRange } from '../../domain/document.js';
import type { PiiAction, PiiCount, PiiFinding, PiiReport } from '../../domain/pii.js';
import { codePointLength } from '../../domain/text.js';
import type { FoundPii } from './find-pii.js';

/** Places that are kept of one document; counts are complete. */
const MOST_PLACES = 100;
const SHOWN = 3;

export interface ReportBuilder {
  add(finding: PiiFinding): void;
  /** In order. */
  addText(text: string, found: readonly FoundPii[]): void;
  addUri(rule: string): void;
  /** Why the document is refused; undefined: it is not. */
  denied(): string | undefined;
  /** What was read is not what goes on. */
  tookOut(): boolean;
  report(): PiiReport;
}

/** How lines of the text stand in the file. */
export interface Placing {
  readonly first_line?: number | undefined;
  readonly line_ranges?: readonly LineRange[] | undefined;
}

export function createReport({ first_line = 1, line_ranges }: Placing): ReportBuilder {
  const found: PiiFinding[] = [];
  const denials: PiiFinding[] = [];
  const counts = new Map<string, { rule: string; action: PiiAction; count: number }>();
  const uri = new Set<string>();
  let denied = 0;

  function add(finding: PiiFinding): void {
    const { rule, action } = finding;
    const key = `${rule} ${action}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { rule, action, count: 1 });
    else known.count++;
    if (found.length < MOST_PLACES) found.push(finding);
    if (action !== 'deny') return;
    denied++;
    if (denials.length < SHOWN) denials.push(finding);
  }

  return {
    add,
    addText(text, all) {
      let line = 1;
      let lineStart = 0;
      for (const { start, rule, action } of all) {
        // Columns of a long line cost its length: only those that are shown are counted.
        if (found.length >= MOST_PLACES && (action !== 'deny' || denials.length >= SHOWN)) {
          add({ rule, action });
          continue;
        }
        for (let newline = text.indexOf('\n', lineStart); newline >= 0 && newline < start; ) {
          line++;
          lineStart = newline + 1;
          newline = text.indexOf('\n', lineStart);
        }
        const range = line_ranges?.[line - 1];
        if (range !== undefined) add({ rule, action, line: range[0] });
        else {
          const column = codePointLength(text.slice(lineStart, start)) + 1;
          add({ rule, action, line: first_line + line - 1, column });
        }
      }
    },
    addUri: (rule) => uri.add(rule),
    denied() {
      if (denied === 0) return undefined;
      const more = denied > SHOWN ? `; and ${denied - SHOWN} more` : '';
      return `${denials.map((one) => `${one.rule} in ${placeOf(one)}`).join('; ')}${more}`;
    },
    tookOut: () => [...counts.values()].some(({ action }) => action !== 'warn'),
    report: (): PiiReport => ({
      found,
      counts: [...counts.values()].map((one): PiiCount => one),
      uri: [...uri],
    }),
  };
}

function placeOf({ field, line, column }: PiiFinding): string {
  if (field !== undefined) return field;
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}
