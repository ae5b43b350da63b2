/** A collection under the name, or about to have it, that is not what is recorded: named, and never a way back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { previousName, stagingName } from '../../../src/domain/collection-names.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import { summariseWhatIf } from '../../../src/pipeline.js';
import { Killed } from '../../support/intercepted-session.js';
import { COLLECTION, Fate, Workspace } from '../../support/memory-workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  workspace.write('a.md', '# A\n\nWhat is said of a.\n');
  workspace.write('b.md', '# B\n\nWhat is said of b.\n');
  await workspace.applied();
});
afterEach(() => workspace.dispose());

function measure(space: Manifest['target']['space']): void {
  const [manifest] = workspace.manifests;
  if (manifest === undefined) throw new Error('no manifest');
  workspace.manifests.splice(0, 1, {
    ...manifest,
    target: { ...manifest.target, space },
    sha256: `edited to ${space}`,
  });
}

/** Somebody makes it again under our mark, empty. */
async function remade(space: Manifest['target']['space']): Promise<void> {
  const identity = (await workspace.chroma.find(COLLECTION))?.identity;
  if (identity === undefined) throw new Error('no identity');
  workspace.chroma.drop(COLLECTION);
  await workspace.chroma.create(COLLECTION, space, identity);
}

/** Kills an apply of another distance where no collection has the name. */
async function stopBetweenRenames(): Promise<void> {
  measure('l2');
  const fate = new Fate();
  const { before } = workspace.chroma;
  workspace.chroma.before = () => {
    if (workspace.chroma.names().includes(COLLECTION)) return;
    fate.dead = true;
    fate.breathe();
  };
  await expect(workspace.apply({}, fate)).rejects.toBeInstanceOf(Killed);
  workspace.chroma.before = before;
  expect(workspace.chroma.names()).toEqual([previousName(COLLECTION, 1), stagingName(COLLECTION)]);
}

const rows = () =>
  workspace.state((state) => state.collections().map(({ collection_id, role }) => ({ collection_id, role })));

const classes = async () =>
  (await workspace.drift('ids')).indexes.flatMap((index) => index.classes.map((found) => found.class));

describe('a collection that somebody made again', () => {
  it('is told by the plan as it is by drift', async () => {
    await remade('l2');
    expect(await classes()).toEqual(['collection-replaced', 'wrong-distance']);
    const { index } = await workspace.plan();
    expect(index.live.faults).toEqual(['collection-replaced', 'wrong-distance']);
  });

  it('leaves nothing recorded of the one whose place it took', async () => {
    await remade('cosine');
    expect((await workspace.plan()).index.live.faults).toEqual(['collection-replaced']);
    expect(await workspace.applied()).toMatchObject({ embedded: 0, applied: { repair: 2 } });
    const live = await workspace.chroma.find(COLLECTION);
    expect(rows()).toEqual([{ collection_id: live?.id, role: 'live' }]);
    expect(await classes()).toEqual([]);
  });

  it('is set aside as what it is, is no way back, and goes when another one is kept', async () => {
    await remade('l2');
    const strange = (await workspace.chroma.find(COLLECTION))?.id;
    expect(await workspace.applied()).toMatchObject({
      embedded: 0,
      swapped: [{ collection: COLLECTION, kept_as: previousName(COLLECTION, 1) }],
    });
    expect(rows()).toContainEqual({ collection_id: strange, role: 'previous' });
    expect(rows()).toHaveLength(2);
    await expect(workspace.rollback()).rejects.toMatchObject({
      code: 'E611',
      message: 'generation 1 holds nothing of docs',
    });
    measure('ip');
    await workspace.applied();
    expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 2)]);
    expect(await workspace.rollback()).toMatchObject({ outcome: 'applied' });
  });

  it('that was kept and then deleted takes no place among those that are kept', async () => {
    measure('l2');
    await workspace.applied();
    workspace.chroma.drop(COLLECTION);
    measure('ip');
    await workspace.applied();
    // What was live is gone; the one before it is still the way back.
    expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 1)]);
    expect(await workspace.rollback()).toMatchObject({ outcome: 'applied' });
  });
});

describe('a swap that was stopped between its renames', () => {
  beforeEach(stopBetweenRenames);

  it('is drift: who asks by name finds nothing', async () => {
    const report = await workspace.drift();
    expect(report.drift).toBe(true);
    expect(report.indexes[0]).toMatchObject({
      classes: [{ class: 'collection-missing', detail: expect.stringContaining(stagingName(COLLECTION)) }],
      repair: { records: 0, cached: 0, compute: 0 },
    });
    await workspace.applied();
    expect(await classes()).toEqual([]);
  });

  it('is not begun anew by an apply that lost the state, and is finished after a rebuild', async () => {
    workspace.loseState();
    await expect(workspace.apply()).rejects.toMatchObject({ code: 'E403' });
    await expect(workspace.drift()).rejects.toMatchObject({ code: 'E403' });
    await workspace.rebuild();
    expect(await workspace.applied()).toMatchObject({ embedded: 0, upserted: 0 });
    expect(workspace.chroma.names()).toContain(COLLECTION);
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });
});

it('a state that knows nothing of a collection with the mark of another says so, and not "no drift"', async () => {
  workspace.loseState();
  const report = await workspace.drift();
  expect(report).toMatchObject({ drift: true, unknown: false });
  expect(report.indexes[0]).toMatchObject({
    classes: [{ class: 'wrong-lineage', incident: 'no-trace', records: 2 }],
    advice: expect.stringContaining('ingest state rebuild'),
  });
  workspace.chroma.drop(COLLECTION);
  expect(await workspace.drift()).toMatchObject({ drift: false, indexes: [] });
});

it('records that only the count tells of are not called foreign without a look', async () => {
  await workspace.chroma.foreign(COLLECTION, 'theirs');
  const [index] = (await workspace.drift()).indexes;
  expect(index?.classes).toMatchObject([
    { class: 'foreign', records: 1, detail: expect.stringContaining('--verify ids') },
  ]);
  const [looked] = (await workspace.drift('ids')).indexes;
  expect(looked?.classes).toMatchObject([{ class: 'foreign', records: 1, detail: null }]);
});

it('what would survive of a pinned index is not known', async () => {
  measure('l2');
  await workspace.applied();
  await workspace.rollback();
  const report = await workspace.planned(async (found) =>
    workspace.state((state) => summariseWhatIf(found, state, ['chunking.max_chars=50'])),
  );
  expect(report.indexes).toMatchObject([
    { pinned: { generation: 1 }, chunks_now: 2, chunks_then: 0, keep: 0, sources: [] },
  ]);
});
