/** Warnings, grouped by key: one line for a key, however many documents it concerns. */
import type { Warning } from '../domain/warning.js';
import { safe } from './escape.js';
import { flowItems } from './flow-items.js';
import { groupBy } from './group-by.js';
import { groupDigits, plural } from './layout.js';
import type { Style } from './style.js';

const MAX_KEYS = 8;

export interface WarningOptions {
  readonly style: Style;
  readonly width: number;
  readonly verbose: boolean;
}

export function* warningLines(warnings: readonly Warning[], options: WarningOptions): Generator<string> {
  const { style, width, verbose } = options;
  // Those that need action first.
  const ordered = warnings.toSorted((a, b) => Number(b.functional) - Number(a.functional));
  const groups = verbose
    ? ordered.map((warning) => [warning])
    : [...groupBy(ordered, (warning) => warning.key).values()];
  const shown = verbose ? groups : groups.slice(0, MAX_KEYS);
  for (const group of shown) {
    const [first] = group;
    if (first === undefined) continue;
    const detail = first.detail === null ? '' : ` (${safe(first.detail)})`;
    const more = group.length > 1 ? `, and ${groupDigits(group.length - 1)} more like it` : '';
    const words = `${safe(first.key)}: ${safe(first.message)}${detail}${more}`.split(' ');
    yield* flowItems(style.yellow('Warning'.padEnd(10)), words, ' ', width);
  }
  const rest = groups.length - shown.length;
  if (rest > 0) yield `${' '.repeat(10)}${plural(rest, 'more kind')} of warning: --verbose`;
}
