/** A replacement among other indexes, other people's records, and worlds that change under it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stagingName } from '../../../src/domain/collection-names.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import { WriteUnknown } from '../../../src/domain/ports/live.js';
import { gatherStatus } from '../../../src/plan/inspect/gather-status.js';
import { COLLECTION, manifestOf, Workspace } from '../../support/memory-workspace.js';

vi.setConfig({ testTimeout: 120_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  for (const name of ['a', 'b', 'c']) workspace.write(`${name}.md`, text(name));
  await workspace.applied();
});
afterEach(() => workspace.dispose());

function text(name: string): string {
  return [0, 1, 2]
    .map(
      (i) =>
        `# ${name} ${i}\n\nWhat chapter ${i} of ${name} says, at some length, so that it stands alone.\n`,
    )
    .join('\n');
}

function edit(change: (manifest: Manifest) => Manifest): void {
  const edited = workspace.manifests.map((manifest) => ({ ...change(manifest), sha256: 'edited' }));
  workspace.manifests.splice(0, edited.length, ...edited);
}

const space = (to: 'l2' | 'cosine' = 'l2'): void =>
  edit((manifest) => ({ ...manifest, target: { ...manifest.target, space: to } }));
const named = (collection: string): void =>
  edit((manifest) => ({ ...manifest, target: { ...manifest.target, collection } }));
const model = (): void =>
  edit((manifest) => ({
    ...manifest,
    embedding: { ...manifest.embedding, dimensions: 32 } as Manifest['embedding'],
  }));

async function expectWhole(): Promise<void> {
  const next = await workspace.plan({ verify: 'content' });
  expect(next.changes).toEqual([]);
  expect(next.header.outcome).toBe('no_changes');
  expect(next.index.live).toMatchObject({ status: 'ok', missing: 0, orphan: 0, tampered: 0 });
  expect(workspace.chroma.names()).not.toContain(stagingName(COLLECTION));
}

function status() {
  return workspace.state((state) => gatherStatus(state, workspace.desired(), 'dev', null));
}

/** Dies before the first write of this kind takes effect. */
async function killedBefore(kind: 'rename' | 'identity' | 'remove', nth = 1): Promise<void> {
  let seen = 0;
  workspace.chroma.before = (write) => {
    if (write.kind === kind && ++seen === nth) throw new Error('the power went');
  };
  await workspace.apply().catch(() => {});
  workspace.chroma.before = () => {};
}

describe('two indexes in one collection', () => {
  beforeEach(async () => {
    workspace.write('other/x.md', text('x'));
    edit((manifest) => ({
      ...manifest,
      sources: manifest.sources.map((s) => ({ ...s, exclude: ['**/other/**'] })),
    }));
    workspace.manifests.push(
      manifestOf(`${workspace.docs}/other`, { manifest_id: 'second', file: 'desired/second.yaml' }),
    );
    await workspace.applied();
  });

  it('each answer for their own damage: one at work does not fail for what the other lacks', async () => {
    const [second] = [...workspace.chroma.records(COLLECTION)].filter(
      ([, { metadata }]) => metadata['ingest_manifest_id'] === 'second',
    );
    workspace.chroma.records(COLLECTION).delete(second?.[0] ?? '');
    workspace.write('new.md', text('new'));
    expect(await workspace.applied({ verify: 'ids' })).toMatchObject({
      outcome: 'applied',
      applied: { create: 1, repair: 1 },
      strict_sync: { ok: true, delta: 0 },
    });
    await expectWhole();
  });

  it('are swapped together', async () => {
    const before = workspace.contents().length;
    model();
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', failed: 0 });
    expect(workspace.contents()).toHaveLength(before);
    for (const { vector } of workspace.chroma.records(COLLECTION).values()) expect(vector).toHaveLength(32);
    await expectWhole();
  });

  it('are not swapped while one of them is not loaded and the model is another', async () => {
    workspace.manifests.pop();
    model();
    await expect(workspace.plan()).rejects.toMatchObject({ code: 'E605' });
  });

  it('are cured together, also when one of them is not loaded', async () => {
    const second = workspace.manifests.pop();
    const before = workspace.contents().length;
    workspace.chroma.breakSearch(COLLECTION);
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    expect(workspace.contents()).toHaveLength(before);
    expect((await workspace.chroma.find(COLLECTION))?.identity?.manifests).toEqual(['docs', 'second']);
    await expectWhole();
    if (second !== undefined) workspace.manifests.splice(0, 1, second);
    await expectWhole();
  });
});

describe('records that ingest did not write', () => {
  const stored = () => workspace.chroma.records(COLLECTION).get('by-hand');

  it('are as their owner left them, when they were changed while a replacement was interrupted', async () => {
    await workspace.chroma.foreign(COLLECTION, 'by-hand');
    space();
    await killedBefore('rename');
    // The swap was decided, but a build that is begun anew looks again.
    await workspace.applied();
    expect(stored()?.text).toBe('not ours');
    await expectWhole();
  });

  it('do not stop a replacement when their owner deletes them after they were copied', async () => {
    await workspace.chroma.foreign(COLLECTION, 'by-hand');
    await workspace.chroma.foreign(COLLECTION, 'edited');
    space();
    // The identity that declares it live is the second that is written to the new one.
    await killedBefore('identity', 2);
    workspace.chroma.records(COLLECTION).delete('by-hand');
    const edited = workspace.chroma.records(COLLECTION).get('edited');
    if (edited !== undefined) edited.metadata = { by: 'another hand' };
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied' });
    expect(stored()).toBeUndefined();
    expect(workspace.chroma.records(COLLECTION).get('edited')?.metadata).toEqual({ by: 'another hand' });
    await expectWhole();
  });
});

it('moves to another name and back again without embedding anything', async () => {
  named('elsewhere');
  await workspace.applied();
  named(COLLECTION);
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 0 });
  await expectWhole();
});

it('moves back with another model, although the collection of then still has the name', async () => {
  named('elsewhere');
  await workspace.applied();
  const before = workspace.contents();
  named(COLLECTION);
  model();
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', failed: 0, upserted: 9 });
  await expectWhole();
  for (const { vector } of workspace.chroma.records(COLLECTION).values()) expect(vector).toHaveLength(32);
  // What stood there is kept under another name.
  expect(workspace.chroma.contents(`${COLLECTION}.generation-1`)).toEqual(before);
});

it('is built anew when the collection is dropped and the model changed at once', async () => {
  workspace.chroma.drop(COLLECTION);
  model();
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 9 });
  await expectWhole();
});

it('says so when the last good version of a refused document went with the old collection', async () => {
  workspace.write('c.md', Uint8Array.from([0x23, 0xff, 0xfe]));
  await workspace.applied();
  workspace.chroma.drop(COLLECTION);
  space();
  const { index } = await workspace.plan();
  expect(index.coverage).toMatchObject({ old_kept: 0, rejected: 1 });
  expect(index.warnings).toContainEqual(
    expect.objectContaining({ key: 'old-version-lost', functional: true }),
  );
});

it('takes along what a guard holds back', async () => {
  edit((manifest) => ({
    ...manifest,
    policy: { ...manifest.policy, deletes: { max_count: 0, max_ratio: 1 } },
  }));
  await workspace.applied();
  workspace.remove('a.md');
  space();
  expect(await workspace.applied()).toMatchObject({ outcome: 'partial', withheld: 1 });
  expect(workspace.contents()).toHaveLength(9);
  expect((await workspace.plan()).changes).toMatchObject([{ action: 'withheld', uri: 'h/a.md' }]);
});

it('refuses another target when what a guard holds back is out of reach', async () => {
  edit((manifest) => ({
    ...manifest,
    policy: { ...manifest.policy, deletes: { max_count: 0, max_ratio: 1 } },
  }));
  await workspace.applied();
  workspace.remove('a.md');
  workspace.chroma.drop(COLLECTION);
  named('elsewhere');
  await expect(workspace.apply()).rejects.toMatchObject({ code: 'E605' });
  expect(workspace.chroma.names()).toEqual([]);
  expect(await workspace.applied({ allow_delete: ['**'] })).toMatchObject({ outcome: 'applied' });
});

it('keeps refused documents when the manifest is set back in the middle of a swap', async () => {
  workspace.write('c.md', Uint8Array.from([0x23, 0xff, 0xfe]));
  await workspace.applied();
  space();
  await killedBefore('rename', 2);
  expect(workspace.chroma.names()).not.toContain(COLLECTION);
  edit((manifest) => ({ ...manifest, target: { ...manifest.target, space: 'cosine' } }));
  // Set back in the middle of the swap: it is finished, and then undone by another.
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
  expect(workspace.contents()).toHaveLength(9);
  await expectWhole();
});

it('is built anew when a few of its vectors cannot be read, which is looked for after a run that went wrong', async () => {
  for (let i = 0; i < 60; i++) workspace.write(`many/${i}.md`, text(`many ${i}`));
  await workspace.applied();
  const { chroma } = workspace;
  // One that no canary happens to ask for.
  for (const id of chroma.records(COLLECTION).keys()) {
    chroma.unreadable.clear();
    chroma.unreadable.add(id);
    if ((await workspace.plan()).header.outcome === 'no_changes') break;
  }
  expect((await workspace.plan()).index.live.status).toBe('ok');
  workspace.write('a.md', text('a, edited'));
  await workspace.killed(9);
  expect((await workspace.plan()).index.live.status).toBe('unsearchable');
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', failed: 0 });
  // The old collection is kept, and its records have the same ids.
  chroma.unreadable.clear();
  await expectWhole();
});

it('puts a collection back that a late request renamed away', async () => {
  const { id } = (await workspace.chroma.find(COLLECTION)) ?? {};
  const live = await workspace.chroma.find(COLLECTION);
  if (live?.identity === undefined) throw new TypeError('nothing is there');
  await live.rename(`${COLLECTION}.generation-1`, { ...live.identity, role: 'previous' });
  expect((await workspace.plan()).index.index_actions).toEqual([{ action: 'swap', reasons: ['intent'] }]);
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', upserted: 0 });
  expect(await workspace.chroma.find(COLLECTION)).toMatchObject({ id, identity: { role: 'live' } });
  await expectWhole();
});

describe('status', () => {
  it('tells of a collection that is being built', async () => {
    space();
    await killedBefore('identity', 2);
    expect(status()).toMatchObject({
      next: 'ingest apply --env dev',
      indexes: [
        {
          resume_active: true,
          searchers: 'old',
          replacement: { collection: stagingName(COLLECTION), documents: 3, chunks: 9 },
        },
      ],
    });
  });

  it('tells of a swap that is half done, and of neither when it is over', async () => {
    space();
    await killedBefore('rename', 2);
    const [index] = status().indexes;
    expect(index).toMatchObject({
      resume_active: true,
      resume_reason: 'a swap is half done',
      replacement: { phase: 'swapping' },
    });
    await workspace.applied();
    expect(status().indexes).toMatchObject([{ resume_active: false, searchers: 'new', replacement: null }]);
  });
});

describe('vectors that Chroma mixes up', () => {
  /** Two records share one place: whichever is written, the other has its vector. */
  function mixUp(): void {
    const records = workspace.chroma.records(COLLECTION);
    const [first = '', second = ''] = [...records.keys()];
    const spoil = (written: string, other: string): void => {
      const from = records.get(written);
      const to = records.get(other);
      if (from !== undefined && to !== undefined) to.vector = from.vector;
    };
    spoil(first, second);
    workspace.chroma.after = ({ kind, ids }) => {
      if (kind !== 'put') return;
      if (ids.includes(first) && !ids.includes(second)) spoil(first, second);
      if (ids.includes(second) && !ids.includes(first)) spoil(second, first);
    };
  }

  it('are put again once; when that helps nobody the collection is built anew', async () => {
    mixUp();
    const damaged = await workspace.plan({ verify: 'content' });
    expect(damaged.changes).toMatchObject([{ action: 'repair', reasons: ['tampered'] }]);
    expect(await workspace.applied({ verify: 'content' })).toMatchObject({
      outcome: 'failed',
      reason: 'strict_sync_mismatch',
    });
    for (const verify of ['counts', 'content'] as const) {
      const { index } = await workspace.plan({ verify });
      expect(index.live.status).toBe('unsearchable');
      expect(index.index_actions).toMatchObject([{ action: 'replace' }]);
    }
    expect(await workspace.applied({ verify: 'content' })).toMatchObject({ outcome: 'applied', embedded: 0 });
    workspace.chroma.after = () => {};
    await expectWhole();
  });
});

describe('a collection that Chroma cannot write to any more', () => {
  /** Only what is built beside it can be written. */
  function wedge(): void {
    const wedged = new Set(workspace.chroma.records(COLLECTION).keys());
    workspace.chroma.before = (write) => {
      const building = workspace.chroma.names().includes(stagingName(COLLECTION));
      if (building || !['put', 'patch', 'delete'].includes(write.kind) || wedged.size === 0) return;
      throw new WriteUnknown('Failed to apply logs to the hnsw segment writer', { damaged: true });
    };
  }

  it('stays condemned when the run that builds it anew is interrupted', async () => {
    wedge();
    workspace.write('a.md', `${text('a')}\nAnd a sentence more, which nobody can write down.\n`);
    expect(await workspace.applied()).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^E414 /),
    });
    expect((await workspace.plan()).index.live.status).toBe('unsearchable');

    // The first of them are killed before anything is built, the last while the swap is under way.
    let building = 0;
    for (let boundary = 6; await workspace.killed(boundary); boundary += 3) {
      const { index } = await workspace.plan();
      const actions = index.index_actions.map(({ action }) => action);
      if (actions.includes('swap')) {
        expect(index.live.status).toBe('ok');
        break;
      }
      if (workspace.chroma.names().includes(stagingName(COLLECTION))) building += 1;
      expect({ status: index.live.status, actions }).toEqual({
        status: 'unsearchable',
        actions: ['replace'],
      });
    }
    expect(building).toBeGreaterThan(1);

    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', failed: 0 });
    workspace.chroma.before = () => {};
    await expectWhole();
  });
});
