/** Readers of a real Chroma while an index is replaced: old or new, whole, or for a moment nothing by name. */
import { expect, inject, it } from 'vitest';
import type { LiveCollection } from '../../src/domain/ports/live.js';
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

    const looks: { readonly who: Reader; readonly id: string; readonly ids: ReadonlySet<string> }[] = [];
    const failed: Record<Reader, number> = { name: 0, handle: 0 };
    let missed = 0;
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
    const reader = async (who: Reader, find: () => Promise<LiveCollection | undefined>): Promise<void> => {
      while (!over) {
        try {
          const collection = await find();
          if (collection === undefined) missed++;
          else looks.push({ who, id: collection.id, ids: await idsOf(collection) });
        } catch {
          failed[who]++;
        }
      }
    };
    // As readers do that look the name up for every question, and as those that did once.
    const readers = [
      reader('name', () => chroma.database.find(world.collection)),
      reader('handle', async () => held),
    ];
    await world.clean();
    over = true;
    await Promise.all([...readers, knocking]);
    const now = await liveIds(chroma, world.collection);
    if (old === undefined || now === undefined) throw new TypeError('the index is gone');

    expect(world.violations).toEqual([]);
    expect(now.id).not.toBe(old.id);
    expect(now.ids.size).toBeLessThan(old.ids.size);
    const mixed = looks.filter(({ id, ids }) => !equal(ids, id === old.id ? old.ids : now.ids));
    expect(mixed).toEqual([]);
    expect(failed).toEqual({ name: 0, handle: 0 });
    const byName = looks.filter(({ who }) => who === 'name');
    const byHandle = looks.filter(({ who }) => who === 'handle');
    expect(byName.some(({ id }) => id === old.id)).toBe(true);
    // A handle that was taken before is never shown the new one.
    expect(byHandle.length).toBeGreaterThan(0);
    expect(byHandle.every(({ id }) => id === old.id)).toBe(true);
    expect(await held?.count()).toBe(old.ids.size);
    process.stdout.write(
      `by name ${byName.length} looks, ${missed} found no collection (for ${gap.toFixed(0)} ms; 0: none fell between the renames), by handle ${byHandle.length}; ${failed.name + failed.handle} errors, ${mixed.length} mixed answers\n`,
    );
  } finally {
    await world.drop();
    world.dispose();
  }
});

/** By name for every question, or by a handle that was taken once. */
type Reader = 'name' | 'handle';

async function idsOf(collection: LiveCollection): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const page of collection.ids()) for (const id of page) ids.add(id);
  return ids;
}

function equal(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}
