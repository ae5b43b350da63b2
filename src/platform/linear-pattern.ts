/**
 * The only importer of RE2JS: patterns of users over text of others, in time that grows with the text alone. A text is
 * looked at line by line, and a long line in windows that overlap: what matches is at most `REACH` long.
 */
import { RE2JS } from 're2js';

const WINDOW = 1024;
const REACH = 256;

export interface LinearPattern {
  /** Matches in order, never empty, never across lines. */
  find(text: string): Iterable<{ readonly start: number; readonly end: number }>;
  matchesWhole(text: string): boolean;
}

/** Look-around and back-references are what RE2 leaves out. @throws Error that says what is wrong with it */
export function compilePattern(source: string): LinearPattern {
  const compiled = RE2JS.compile(source);
  return {
    *find(text) {
      let line = 0;
      while (line <= text.length) {
        const newline = text.indexOf('\n', line);
        const end = newline < 0 ? text.length : newline;
        let from = line;
        for (let window = line; window < end; window += WINDOW - REACH) {
          const part = text.slice(window, Math.min(end, window + WINDOW));
          const matcher = compiled.matcher(part);
          while (matcher.find()) {
            const found = { start: window + matcher.start(), end: window + matcher.end() };
            if (found.end === found.start || found.start < from) continue;
            from = found.end;
            yield found;
          }
          if (window + WINDOW >= end) break;
        }
        line = end + 1;
      }
    },
    matchesWhole: (text) => compiled.matches(text),
  };
}

/** What is wrong with it; undefined for one that can be used. */
export function patternProblem(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
  }
}
