/** Runs a producer ahead of its consumer, bounded by weight: embedding overlaps with writing. */

/**
 * Yields what `produce` yields, in order, while up to `limit` of weight waits in the buffer (always at
 * least one item). Stops the producer when the consumer stops.
 */
export async function* lookAhead<T>(
  produce: AsyncIterable<T>,
  weightOf: (item: T) => number,
  limit: number,
): AsyncGenerator<T> {
  const buffer: T[] = [];
  let weight = 0;
  let done = false;
  let failure: { error: unknown } | undefined;
  let stopped = false;
  let wakeConsumer = (): void => {};
  let wakeProducer = (): void => {};

  const run = (async () => {
    try {
      for await (const item of produce) {
        if (stopped) return;
        buffer.push(item);
        weight += weightOf(item);
        wakeConsumer();
        while (weight >= limit && !stopped) {
          await new Promise<void>((resolve) => {
            wakeProducer = resolve;
          });
        }
        if (stopped) return;
      }
    } catch (error) {
      failure = { error };
    } finally {
      done = true;
      wakeConsumer();
    }
  })();

  try {
    for (;;) {
      const item = buffer.shift();
      if (item !== undefined) {
        weight -= weightOf(item);
        wakeProducer();
        yield item;
        continue;
      }
      if (done) break;
      await new Promise<void>((resolve) => {
        wakeConsumer = resolve;
      });
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    stopped = true;
    wakeProducer();
    await run;
  }
}
