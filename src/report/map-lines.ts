/** One line for each item, made when it is asked for. */
export function* mapLines<Item>(items: Iterable<Item>, line: (item: Item) => string): Generator<string> {
  for (const item of items) yield line(item);
}
