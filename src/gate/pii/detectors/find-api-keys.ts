/** Keys and tokens by their shape, and private keys with all their lines. */
import { SECRET_SHAPES } from '../../../domain/secret-shapes.js';
import type { Match } from './detector.js';

const KEY_LINE = /^[\t >A-Za-z0-9+/=:,.-]*$/;

export function* findApiKeys(text: string): Iterable<Match> {
  for (const { pattern } of SECRET_SHAPES) {
    for (const { 0: written, index } of text.matchAll(pattern)) {
      const end = written.startsWith('-----BEGIN')
        ? blockEnd(text, index + written.length)
        : index + written.length;
      yield { start: index, end, canonical: text.slice(index, end) };
    }
  }
}

/** Behind the line that ends the key; one that is cut short ends where its lines do, or another one begins. */
function blockEnd(text: string, from: number): number {
  const next = text.indexOf('-----BEGIN', from);
  const limit = next < 0 ? text.length : next;
  let end = from;
  for (let line = from; line < limit; ) {
    const newline = text.indexOf('\n', line);
    const stop = newline < 0 || newline > limit ? limit : newline;
    const content = text.slice(line, stop);
    const closing = content.indexOf('-----END');
    if (closing >= 0) {
      const after = content.indexOf('-----', closing + 8);
      return after < 0 ? stop : line + after + 5;
    }
    // Also a key on one line, with its breaks escaped.
    if (!KEY_LINE.test(content) && line !== from) return end;
    end = stop;
    line = stop + 1;
  }
  return end;
}
