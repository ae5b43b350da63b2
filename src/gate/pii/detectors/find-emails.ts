/**
 * E-mail addresses, from each `@` outwards. No findings: `logo@2x.png`, `vue@3.4.0`, `git@host:path`, `@handle`.
 * Letters of other alphabets than Chinese, Japanese and Korean count, since those touch an address without a space.
 */
import type { Match } from './detector.js';

const LOCAL = /[\w.%+'=\u00c0-\u05ff-]/;
const DOMAIN = /[A-Za-z0-9.\u00c0-\u05ff-]/;
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
const TOP = /^(?:xn--[a-z0-9-]{2,59}|[a-z\u00c0-\u05ff]{2,63})$/i;
const LABEL = /^[a-z0-9\u00c0-\u05ff](?:[a-z0-9\u00c0-\u05ff-]{0,61}[a-z0-9\u00c0-\u05ff])?$/i;
/** `EMAIL=jane@...`: an assignment, where the address of a mailing list (`x+jane=example.com@...`) is one address. */
const ASSIGNED = /^(?:[A-Z][A-Z0-9_]*|to|from|cc|bcc|e?mail|user|username|login)=(?=.)/;
/** Accounts of version control that everybody shares. */
const NOBODY: ReadonlySet<string> = new Set(['git', 'hg', 'svn']);

export function* findEmails(text: string): Iterable<Match> {
  let last = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const start = localStart(text, at, last);
    const length = domainLength(text.slice(at + 1, at + 1 + MAX_DOMAIN));
    if (start === at || length === 0 || NOBODY.has(text.slice(start, at).toLowerCase())) continue;
    last = at + 1 + length;
    yield { start, end: last, canonical: text.slice(start, last).toLowerCase() };
  }
}

function localStart(text: string, at: number, from: number): number {
  let start = at;
  const least = Math.max(from, at - MAX_LOCAL);
  while (start > least && LOCAL.test(text.charAt(start - 1))) start--;
  // What opens a quotation or a list is no part of it.
  while (start < at && /[.'%=+-]/.test(text.charAt(start))) start++;
  if (text.charAt(at - 1) === '.') return at;
  return start + (ASSIGNED.exec(text.slice(start, at))?.[0].length ?? 0);
}

/** Of the longest domain that the text begins with; 0 without. */
function domainLength(text: string): number {
  let end = 0;
  while (end < text.length && DOMAIN.test(text.charAt(end))) end++;
  const labels = text.slice(0, end).split('.');
  const firstBad = labels.findIndex((label) => !LABEL.test(label));
  if (firstBad >= 0) labels.splice(firstBad);
  while (labels.length > 0 && !TOP.test(labels.at(-1) ?? '')) labels.pop();
  const [first = '', second = ''] = labels;
  if (labels.length < 2 || /^\d+x$/.test(first) || (/^\d+$/.test(first) && /^\d/.test(second))) return 0;
  return labels.join('.').length;
}
