/**
 * Names and texts of others inside Markdown. They stand in code spans and code blocks only: there no markup, no
 * mention, no issue number and no comment is read; what remains is the fence itself, and the bar in a table.
 */
import { safe } from '../escape.js';

/** A code span whose fence is longer than any run of backticks inside. Never empty, always one line. */
export function code(text: string): string {
  const clean = safe(text);
  if (clean.trim() === '') return '` `';
  const fence = '`'.repeat(longestRun(clean) + 1);
  // One space on each side is stripped again, and keeps a backtick at an end apart from the fence.
  const pad = /^[`\s]|[`\s]$/.test(clean) ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** A code span in a cell of a table: only there a bar needs a backslash, also inside code. */
export function codeCell(text: string): string {
  return code(text).replaceAll('|', '\\|');
}

/** The fence of a block that holds these lines. */
export function fenceFor(lines: readonly string[]): string {
  return '`'.repeat(Math.max(3, ...lines.map((line) => longestRun(line) + 1)));
}

/** For the hidden marker, which a program reads: nothing that could end the comment. */
export function markerValue(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64);
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
