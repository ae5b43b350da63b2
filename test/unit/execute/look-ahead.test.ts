import { describe, expect, it } from 'vitest';
import { lookAhead } from '../../../src/execute/look-ahead.js';

/** Lets everything that can go on go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

function counting(total: number) {
  const produced: number[] = [];
  let ended = false;
  async function* produce(): AsyncGenerator<number> {
    try {
      for (let i = 0; i < total; i++) {
        produced.push(i);
        yield i;
      }
    } finally {
      ended = true;
    }
  }
  return { produce: produce(), produced, ended: () => ended };
}

describe('lookAhead', () => {
  it('yields everything in order', async () => {
    const { produce } = counting(50);
    const seen: number[] = [];
    for await (const item of lookAhead(produce, () => 1, 7)) seen.push(item);
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('runs ahead by its limit of weight and no further, while the consumer is busy', async () => {
    const { produce, produced } = counting(100);
    const items = lookAhead(produce, () => 10, 30);
    await items.next();
    await settled();
    // One is consumed, three wait.
    expect(produced).toHaveLength(4);
    await items.next();
    await settled();
    expect(produced).toHaveLength(5);
    await items.return(undefined);
  });

  it('lets one item pass that is heavier than the limit', async () => {
    const { produce } = counting(3);
    const seen: number[] = [];
    for await (const item of lookAhead(produce, () => 1000, 1)) seen.push(item);
    expect(seen).toEqual([0, 1, 2]);
  });

  it('hands out what was produced before it throws what the producer threw', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw new Error('listing broke');
    }
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of lookAhead(failing(), () => 1, 10)) {
        await settled();
        seen.push(item);
      }
    })();
    await expect(reading).rejects.toThrow('listing broke');
    expect(seen).toEqual([1, 2]);
  });

  it('ends the producer when the consumer stops or throws', async () => {
    const left = counting(100);
    for await (const item of lookAhead(left.produce, () => 1, 3)) if (item === 1) break;
    expect(left.ended()).toBe(true);
    const thrown = counting(100);
    const reading = (async () => {
      for await (const _ of lookAhead(thrown.produce, () => 1, 3)) throw new Error('writing broke');
    })();
    await expect(reading).rejects.toThrow('writing broke');
    expect(thrown.ended()).toBe(true);
  });
});
