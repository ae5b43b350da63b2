/** Collections that another state built change hands: nothing is written to a record, and the other state is out. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/domain/manifest.js';
import { COLLECTION, Fate, manifestOf, Workspace } from '../../support/memory-workspace.js';

let theirs: Workspace;
let ours: Workspace;

beforeEach(async () => {
  theirs = new Workspace();
  theirs.write('a.md', article('a'));
  theirs.write('b.md', article('b'));
  await theirs.applied();
  ours = new Workspace({ docs: theirs.docs, chroma: theirs.chroma });
});
afterEach(() => {
  ours.dispose();
  theirs.dispose();
});

const article = (name: string): string =>
  ['one', 'two', 'three']
    .map(
      (part) => `## ${name} ${part}\n\nThe part ${part} of ${name} has some words of its own, in full.\n\n`,
    )
    .join('');

/** An index of ours that has nothing to do with it. */
async function withAnotherIndex(): Promise<void> {
  const own = manifestOf(ours.docs, {
    manifest_id: 'own',
    target: { kind: 'embedded', collection: 'own', space: 'cosine' },
  });
  const [docs] = ours.manifests.splice(0, 1, own) as [Manifest];
  await ours.applied();
  ours.manifests.push(docs);
  ours.manifests.reverse();
}

const lineageOf = async (name = COLLECTION) => (await ours.chroma.find(name))?.identity?.lineage;

describe('a collection of another state', () => {
  it('is refused with the advice to adopt it, and after that it is ours: no change, nothing embedded', async () => {
    await withAnotherIndex();
    await expect(ours.plan()).rejects.toMatchObject({
      code: 'E403',
      advice: expect.stringContaining('ingest state adopt'),
    });
    const own = ours.state((state) => ({ lineage: state.lineage, run: state.index('own') }));
    const before = ours.contents();
    const writes = ours.chroma.writes.length;

    const report = await ours.adopt();
    expect(report).toMatchObject({
      outcome: 'adopted',
      lineage: own.lineage,
      from_lineage: theirs.state((state) => state.lineage),
      indexes: [{ manifest_id: 'docs', documents: 2, chunks: 6, partial: 0 }],
    });
    expect(report.backup).not.toBeNull();
    expect(ours.chroma.writes.slice(writes).map(({ kind }) => kind)).toEqual(['identity']);
    expect(ours.contents()).toEqual(before);
    expect(ours.state((state) => ({ lineage: state.lineage, run: state.index('own') }))).toEqual(own);
    expect((await ours.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
    expect((await ours.applied()).embedded).toBe(0);
    await expect(theirs.plan()).rejects.toMatchObject({ code: 'E403' });
    expect((await ours.adopt()).outcome).toBe('nothing_to_adopt');
    // The way back is the same verb, from there.
    expect((await theirs.adopt()).outcome).toBe('adopted');
    expect((await theirs.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });

  it('stays as it is, and nothing is recorded, when nobody approves', async () => {
    const before = await lineageOf();
    expect((await ours.adopt(new Fate(), async () => false)).outcome).toBe('declined');
    expect(await lineageOf()).toBe(before);
    expect(ours.state((state) => state.lineage)).toBeUndefined();
  });

  it('stays as it is when its own state writes to it meanwhile', async () => {
    const before = await lineageOf();
    theirs.write('c.md', article('c'));
    const meanwhile = async (): Promise<boolean> => {
      await theirs.applied();
      return true;
    };
    await expect(ours.adopt(new Fate(), meanwhile)).rejects.toMatchObject({ code: 'E508' });
    expect(await lineageOf()).toBe(before);
    expect(ours.state((state) => state.indexes())).toEqual([]);
    expect((await theirs.plan()).header.outcome).toBe('no_changes');
  });

  it('comes with what it replaced, and is adopted by a run that is killed anywhere and run again', async () => {
    const respace = (workspace: Workspace): void => {
      workspace.manifests[0] = manifestOf(theirs.docs, {
        target: { kind: 'embedded', collection: COLLECTION, space: 'l2' },
      });
    };
    respace(theirs);
    await theirs.applied();
    const before = theirs.contents();
    for (let n = 1, died = true; died; n++) {
      ours.dispose();
      ours = new Workspace({ docs: theirs.docs, chroma: theirs.chroma });
      respace(ours);
      const fate = new Fate(n);
      await ours.adopt(fate).catch((error: unknown) => {
        if (!fate.dead) throw error;
      });
      died = fate.dead;
      const report = await ours.adopt();
      expect({ n, outcome: report.outcome }).toEqual({
        n,
        outcome: expect.stringMatching(/^(adopted|nothing_to_adopt)$/),
      });
      const lineage = ours.state((state) => state.lineage);
      for (const name of ours.chroma.names())
        expect({ name, of: await lineageOf(name) }).toEqual({ name, of: lineage });
      expect(ours.contents()).toEqual(before);
      expect((await ours.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
      // For the next round.
      expect((await theirs.adopt()).outcome).toBe('adopted');
    }
  });

  it('is not adopted while its manifest is recorded here in another collection, which would be forgotten', async () => {
    const elsewhere = manifestOf(ours.docs, {
      target: { kind: 'embedded', collection: 'mine', space: 'cosine' },
    });
    const [docs] = ours.manifests.splice(0, 1, elsewhere) as [Manifest];
    await ours.applied();
    ours.manifests[0] = docs;
    const before = ours.rows(['indexes', 'documents', 'collections']);
    await expect(ours.adopt()).rejects.toMatchObject({ code: 'E508' });
    expect(ours.rows(['indexes', 'documents', 'collections'])).toEqual(before);
    expect(await lineageOf()).toBe(theirs.state((state) => state.lineage));
  });
});

it('a collection that ingest did not write is not taken over', async () => {
  const found = await ours.chroma.find(COLLECTION);
  if (found !== undefined) await ours.chroma.remove(found);
  await ours.chroma.squat(COLLECTION);
  await expect(ours.adopt()).rejects.toMatchObject({ code: 'E507' });
  expect(await lineageOf()).toBeUndefined();
});
