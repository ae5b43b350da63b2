/**
 * An apply interrupted by Ctrl-C or by a kill, at any moment and inside any document. Moments are places in the
 * journal or in what the embedding server saw, never points in time.
 */
import { afterEach, describe, expect, inject, it } from 'vitest';
import {
  afterBatches,
  afterEvents,
  type Interrupting,
  InterruptRig,
  type Moment,
  paragraphs,
  whileEmbedding,
} from './interrupt-rig.js';

const chromaUrl = inject('chromaUrl');
const SEED = 20260722;

/** mulberry32: a moment that is random, and the same in every run of the test. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = seeded(SEED);
/** The journal of the first apply has about 190 events. */
const someEvent = (): Moment => afterEvents(2 + Math.floor(random() * 120));

/** Records in one write to Chroma. */
const BATCH = 100;
/** Texts in one request for embeddings. */
const TEXTS = 16;

/** Sixty documents of so many chunks and more: batches end inside of one. Gives the chunks. */
function writeMany({ workspace }: InterruptRig, least: number): number {
  let chunks = 0;
  for (let i = 0; i < 60; i++) {
    const size = least + (i % 5);
    workspace.write(`docs/note-${String(i).padStart(2, '0')}.txt`, paragraphs(`n${i}x`, size));
    chunks += size;
  }
  return chunks;
}

describe.skipIf(chromaUrl === '')('an interrupted apply', { timeout: 240_000 }, () => {
  let rig: InterruptRig;

  afterEach(async () => {
    await rig.stop();
  });

  const moments: readonly (readonly [Interrupting, Moment])[] = [
    ['SIGKILL', whileEmbedding(12)],
    ['SIGKILL', afterBatches(1)],
    ['SIGKILL', afterBatches(2)],
    ['SIGINT', whileEmbedding(12)],
    ['SIGINT', afterBatches(1)],
    ['SIGKILL', someEvent()],
    ['SIGINT', someEvent()],
  ];

  it.each(moments.map(([signal, moment]) => ({ signal, moment, when: moment.name })))(
    'goes on where it stopped, $signal $when',
    async ({ signal, moment }) => {
      // A moment in the embedding is one before the first write: as many requests, and one batch for all of them.
      const embedding = moment.name.startsWith('while');
      rig = await InterruptRig.start(chromaUrl, chromaUrl, embedding ? { texts: TEXTS } : { batch: BATCH });
      const chunks = writeMany(rig, embedding ? 8 : 3);
      const first = await rig.plan();
      expect(first.summary).toMatchObject({
        create: 60,
        chunks: { add: chunks },
        embed: { compute: chunks },
      });
      await rig.interrupt(signal, moment);
      const next = await rig.checkInterrupted(signal, first);
      // Also what was embedded and not yet put is not left to do.
      expect(next.summary.embed.compute).toBeLessThan(first.summary.embed.compute);
      const { resumed } = await rig.converge();
      expect(resumed).toBe(true);
      expect((await rig.records()).size).toBe(chunks);
    },
  );

  it('goes on inside one document of five batches, also after a second kill', async () => {
    rig = await InterruptRig.start(chromaUrl, chromaUrl, { batch: BATCH });
    rig.workspace.write('docs/big.txt', paragraphs('big', 500));
    const first = await rig.plan();
    expect(first.summary).toMatchObject({ create: 1, resume: 0, chunks: { add: 500 } });
    await rig.interrupt('SIGKILL', afterBatches(2));
    const second = await rig.checkInterrupted('SIGKILL', first);
    expect(second.summary).toMatchObject({ create: 1, resume: 1 });
    expect(second.summary.chunks.add).toBeLessThanOrEqual(300);
    expect(second.summary.embed.compute).toBe(0);
    await rig.interrupt('SIGKILL', afterBatches(1));
    const third = await rig.checkInterrupted('SIGKILL', second);
    expect(third.summary).toMatchObject({ create: 1, resume: 1 });
    expect(third.summary.chunks.add).toBeLessThanOrEqual(200);
    const { result } = await rig.converge();
    expect(result.embedded).toBe(0);
    expect((await rig.records()).size).toBe(500);
  });
});
