import { displayWidth } from './layout.js';

/** The column in which the text of labelled lines starts: `Coverage  1,296 declared = ...`. */
const LABEL_WIDTH = 10;

/**
 * Items after one another in lines of at most `width` columns, continued under the first item.
 * An item is never broken, so a single one that is too long stands alone and overlong.
 */
export function* flowItems(
  prefix: string,
  items: readonly string[],
  separator: string,
  width: number,
): Generator<string> {
  const indent = displayWidth(prefix);
  let line = prefix;
  let empty = true;
  for (const item of items) {
    const joined = empty ? line + item : line + separator + item;
    if (empty || displayWidth(joined) <= width) {
      line = joined;
    } else {
      yield (line + separator).trimEnd();
      line = ' '.repeat(indent) + item;
    }
    empty = false;
  }
  yield line.trimEnd();
}

/** `Label     item; item; item`, wrapped between items. */
export function labelled(label: string, items: readonly string[], width: number): Generator<string> {
  return flowItems(labelPrefix(label), items, '; ', width);
}

/** `Label     some prose`, wrapped between words. */
export function labelledText(label: string, text: string, width: number): Generator<string> {
  return flowItems(labelPrefix(label), text.split(' '), ' ', width);
}

function labelPrefix(label: string): string {
  return label.length < LABEL_WIDTH ? label.padEnd(LABEL_WIDTH) : `${label}  `;
}
