/** Walks over tables that hold no statement open: pages by key, and merges of sorted walks. */
import { compareUtf8 } from '../domain/text.js';

/**
 * Rows page by page. `next` gets the last row of the page before (undefined at first) and a limit, and
 * must order by a key that it compares strictly.
 */
export function pages<Row>(
  next: (last: Row | undefined, limit: number) => readonly Row[],
  pageSize: number,
): Iterable<Row> {
  return {
    *[Symbol.iterator]() {
      let last: Row | undefined;
      for (;;) {
        const page = next(last, pageSize);
        yield* page;
        if (page.length < pageSize) return;
        last = page[page.length - 1];
      }
    },
  };
}

/** Merges walks that are sorted by key (UTF-8 bytes). Made for the few manifests of one collection. */
export function* mergeByKey<Row>(
  walks: readonly Iterable<Row>[],
  key: (row: Row) => string,
): Generator<Row, void, undefined> {
  const heads = walks.map((walk) => {
    const iterator = walk[Symbol.iterator]();
    return { iterator, next: iterator.next() };
  });
  for (;;) {
    let least: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done === true) continue;
      if (least === undefined || least.next.done === true) least = head;
      else if (compareUtf8(key(head.next.value), key(least.next.value)) < 0) least = head;
    }
    if (least === undefined || least.next.done === true) return;
    yield least.next.value;
    least.next = least.iterator.next();
  }
}
