/** Streaming merge of sorted sequences: the heart of "memory flat in the number of documents". */
import { compareUtf8 } from '../../domain/text.js';

/** One key with what each side has for it. */
export interface Merged<L, R> {
  readonly key: string;
  readonly left: L | undefined;
  readonly right: R | undefined;
}

/**
 * Merges two sequences whose keys rise strictly by UTF-8 bytes. A key that does not rise is a bug of its
 * producer: it would lose or double documents in silence, so it throws.
 */
export async function* mergeByKey<L, R>(
  left: AsyncIterable<L> | Iterable<L>,
  leftKey: (item: L) => string,
  right: AsyncIterable<R> | Iterable<R>,
  rightKey: (item: R) => string,
): AsyncGenerator<Merged<L, R>> {
  const a = rising(left, leftKey, 'left');
  const b = rising(right, rightKey, 'right');
  try {
    let l = await a.next();
    let r = await b.next();
    while (!l.done || !r.done) {
      const order = l.done ? 1 : r.done ? -1 : compareUtf8(l.value.key, r.value.key);
      if (order === 0 && !l.done && !r.done) {
        yield { key: l.value.key, left: l.value.item, right: r.value.item };
        l = await a.next();
        r = await b.next();
      } else if (order < 0 && !l.done) {
        yield { key: l.value.key, left: l.value.item, right: undefined };
        l = await a.next();
      } else if (!r.done) {
        yield { key: r.value.key, left: undefined, right: r.value.item };
        r = await b.next();
      }
    }
  } finally {
    await a.return(undefined);
    await b.return(undefined);
  }
}

async function* rising<T>(
  items: AsyncIterable<T> | Iterable<T>,
  keyOf: (item: T) => string,
  side: string,
): AsyncGenerator<{ key: string; item: T }, undefined> {
  let previous: string | undefined;
  for await (const item of items) {
    const key = keyOf(item);
    if (previous !== undefined && compareUtf8(previous, key) >= 0) {
      throw new TypeError(`keys of the ${side} sequence do not rise: ${previous} then ${key}`);
    }
    previous = key;
    yield { key, item };
  }
  return undefined;
}
