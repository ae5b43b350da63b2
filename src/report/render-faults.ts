/** Manifest faults as a compiler shows them: place and code, the line, an underline with what to write instead. */
import type { Fault, ManifestFaults } from '../domain/errors.js';
import { safe } from './escape.js';
import { displayWidth, plural } from './layout.js';
import type { Style } from './style.js';

/** Lines without line ends. `width`: columns of the terminal; longer source lines are cut around the fault. */
export function* renderFaults(
  { faults, manifestsTotal, manifestsFaulty }: ManifestFaults,
  { style, width }: { readonly style: Style; readonly width: number },
): Generator<string> {
  for (const fault of faults) yield* renderFault(fault, style, width);
  yield '';
  const verdict = `${plural(faults.length, 'error')} in ${manifestsFaulty} of ${plural(manifestsTotal, 'manifest')}.`;
  yield `${style.bold(style.red(verdict))} Nothing was scanned.`;
}

function* renderFault(fault: Fault, style: Style, width: number): Generator<string> {
  const { file, line, column } = fault.position;
  yield `${style.bold(safe(`${file}:${line}:${column}:`))} ${style.red(fault.code)} ${safe(fault.message)}`;
  // A file that cannot be read has no line to show.
  if (fault.excerpt === '') {
    yield `     ${style.dim('|')} ${safe(fault.advice)}`;
    return;
  }
  const gutter = String(line).padStart(4);
  const window = cut(fault, Math.max(30, width - gutter.length - 3));
  yield `${style.dim(`${gutter} |`)} ${window.before}${style.red(window.marked)}${window.after}`;
  const margin = `${' '.repeat(gutter.length)} |`;
  const indent = ' '.repeat(displayWidth(window.before));
  const underline = '^'.repeat(Math.max(1, displayWidth(window.marked)));
  yield `${style.dim(margin)} ${indent}${style.red(underline)} ${safe(fault.advice)}`;
}

const GAP = '...';

/** The part of the excerpt that fits, always holding the beginning of what is underlined. */
function cut(fault: Fault, room: number): { before: string; marked: string; after: string } {
  const from = fault.excerptColumn - 1;
  let before = safe(fault.excerpt.slice(0, from));
  let marked = safe(fault.excerpt.slice(from, from + fault.length));
  let after = safe(fault.excerpt.slice(from + fault.length));
  if (displayWidth(before + marked + after) <= room) return { before, marked, after };
  const half = Math.floor(room / 2);
  if (displayWidth(before) > half) {
    const points = [...before];
    while (points.length > 0 && displayWidth(points.join('')) > half - GAP.length) points.shift();
    before = `${GAP}${points.join('')}`;
  }
  marked = head(marked, room - displayWidth(before));
  after = head(after, room - displayWidth(before + marked));
  return { before, marked, after };
}

function head(text: string, room: number): string {
  if (displayWidth(text) <= room) return text;
  if (room <= GAP.length) return '';
  const points = [...text];
  while (points.length > 0 && displayWidth(points.join('')) > room - GAP.length) points.pop();
  return `${points.join('')}${GAP}`;
}
