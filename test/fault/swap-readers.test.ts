/** Readers of a real Chroma while an index is replaced: old or new, whole, or for a moment nothing by name. */
import { expect, inject, it } from 'vitest';
import { realChroma } from '../support/chroma-under-test.js';
import { BEFORE } from './matrix/corpus.js';
import { liveIds } from './matrix/look.js';
import { World } from './matrix/world.js';

const url = inject('chromaUrl');

it.skipIf(url === '')('are never shown a mixture, and a handle by id stays on the old one', async () => {
  const chroma = await realChroma(url);
  const world = new World(chroma, BEFORE, async () => new Map());
  world.disturbed = true;
  try {
    await world.declare(BEFORE);
    await world.clean();
    world.beside = true;
    const old = await liveIds(chroma, world.collection);
    const held = await chroma.database.find(world.collection);
    const [small] = Object.keys(BEFORE.docs);
    const docs = Object.fromEntries(Object.entries(BEFORE.docs).filter(([path]) => path !== small));
    await world.declare({ ...BEFORE, docs, space: 'l2' });
    world.disturbed = true;

    const seen: { readonly id: string; readonly ids: number }[] = [];
    let over = false;
    let gap = 0;
    const knocking = (async () => {
      let gone: number | undefined;
      while (!over) {
        const found = await chroma.database.find(world.collection);
        if (found !== undefined && gone !== undefined) gap = Math.max(gap, performance.now() - gone);
        gone = found === undefined ? (gone ?? performance.now()) : undefined;
      }
    })();
    const reading = (async () => {
      // As readers do that look the name up for every question.
      while (!over) {
        const collection = await chroma.database.find(world.collection);
        if (collection !== undefined) seen.push({ id: collection.id, ids: await collection.count() });
      }
    })();
    await world.clean();
    over = true;
    await Promise.all([reading, knocking]);
    const now = await liveIds(chroma, world.collection);
    if (old === undefined || now === undefined) throw new TypeError('the index is gone');
    seen.push({ id: now.id, ids: now.ids.size });

    expect(world.violations).toEqual([]);
    expect(now.id).not.toBe(old.id);
    expect(now.ids.size).toBeLessThan(old.ids.size);
    for (const { id, ids } of seen) expect(ids).toBe(id === old.id ? old.ids.size : now.ids.size);
    expect(seen.some(({ id }) => id === old.id)).toBe(true);
    // Its records are those of before, also by a handle that was taken before.
    expect(await held?.count()).toBe(old.ids.size);
    process.stdout.write(
      `a reader by name found no collection for ${gap.toFixed(0)} ms (0: no look fell between the renames) (${seen.length} looks)\n`,
    );
  } finally {
    await world.drop();
    world.dispose();
  }
});
