/** Findings -> the text without them, line for line. */
import type { FoundPii } from './find-pii.js';

/** `replacement` undefined: stays as it is written. */
export function replaceFound(
  text: string,
  found: readonly FoundPii[],
  replacement: (one: FoundPii) => string | undefined,
): string {
  const parts: string[] = [];
  let from = 0;
  for (const one of found) {
    const token = replacement(one);
    if (token === undefined) continue;
    parts.push(text.slice(from, one.start), byLine(text.slice(one.start, one.end), token));
    from = one.end;
  }
  return from === 0 ? text : [...parts, text.slice(from)].join('');
}

/** What goes over several lines keeps their number. */
function byLine(written: string, token: string): string {
  if (!written.includes('\n')) return token;
  return written
    .split('\n')
    .map((line) => (line.trim() === '' ? line : token))
    .join('\n');
}
