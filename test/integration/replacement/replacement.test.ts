/** An index that must be built anew: beside the live one, then swapped in, from any point at which it was stopped. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { previousName, stagingName } from '../../../src/domain/collection-names.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

vi.setConfig({ testTimeout: 600_000 });

const OLD = previousName(COLLECTION, 1);

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  for (const name of ['a', 'b', 'c']) workspace.write(`${name}.md`, text(name, 4));
  workspace.write('refused.md', text('refused', 2));
  await workspace.applied();
  // From now on it is refused, and its last good version stays.
  workspace.write('refused.md', Uint8Array.from([0x23, 0x20, 0xff, 0xfe]));
  await workspace.applied();
  await workspace.chroma.foreign(COLLECTION, 'somebody-else');
});
afterEach(() => workspace.dispose());

function text(name: string, chapters: number): string {
  return Array.from(
    { length: chapters },
    (_, i) =>
      `# ${name} ${i}\n\nWhat chapter ${i} of ${name} says, at some length, so that it stands alone.\n`,
  ).join('\n');
}

function edit(change: (manifest: Manifest) => Manifest): void {
  const [manifest] = workspace.manifests;
  if (manifest !== undefined) workspace.manifests.splice(0, 1, { ...change(manifest), sha256: 'edited' });
}

const space = (): void => edit((manifest) => ({ ...manifest, target: { ...manifest.target, space: 'l2' } }));
const model = (): void =>
  edit((manifest) => ({
    ...manifest,
    embedding: { ...manifest.embedding, dimensions: 32 } as Manifest['embedding'],
  }));
const broken = (): void => workspace.chroma.breakSearch(COLLECTION);

/** What was accepted, as a fresh build makes it, and beside it what only the old collection had. */
async function expectBuiltAnew(): Promise<void> {
  const fresh = await workspace.fresh();
  const found = workspace.contents() as { id: string; metadata: Record<string, unknown> }[];
  const uriOf = (record: { metadata: Record<string, unknown> }): unknown => record.metadata['ingest_uri'];
  expect(found.filter((record) => uriOf(record) !== undefined && uriOf(record) !== 'h/refused.md')).toEqual(
    fresh,
  );
  expect(found.filter((record) => uriOf(record) === 'h/refused.md')).toHaveLength(2);
  const next = await workspace.plan({ verify: 'content' });
  expect(next.header.outcome).toBe('no_changes');
  expect(next.index.live).toMatchObject({ status: 'ok', missing: 0, orphan: 0, tampered: 0 });
}

describe.each([
  { why: 'the distance', action: { reasons: ['space'] }, change: space, isKept: true },
  {
    why: 'a broken search index',
    action: { reasons: ['unsearchable'], keeps_none: true },
    change: broken,
    isKept: false,
  },
])('of $why', ({ action, change, isKept }) => {
  const names = isKept ? [COLLECTION, OLD] : [COLLECTION];

  it('is planned as a replace of every document, and nothing has to be embedded', async () => {
    change();
    const { index, changes } = await workspace.plan();
    expect(index.index_actions).toEqual([{ action: 'replace', ...action }]);
    expect(changes.map(({ action, uri }) => `${action} ${uri}`)).toEqual([
      'replace h/a.md',
      'replace h/b.md',
      'replace h/c.md',
    ]);
    expect(index.summary.embed).toMatchObject({ compute: 0, cached: 12 });
  });

  it('takes refused documents and foreign records along, and keeps the old collection unless it is broken', async () => {
    const before = workspace.contents();
    change();
    const result = await workspace.applied();
    expect(result).toMatchObject({ outcome: 'applied', embedded: 0, failed: 0 });
    await expectBuiltAnew();
    expect(workspace.chroma.records(COLLECTION).has('somebody-else')).toBe(true);
    expect(workspace.chroma.names()).toEqual(names);
    if (isKept) expect(workspace.chroma.contents(OLD)).toEqual(before);
    const swapped = workspace.state((state) => [...state.latestEvents('SWAP_DONE', 'docs')]);
    expect(swapped.map(({ data }) => [data['kept_as'], data['damaged']])).toEqual([
      isKept ? [OLD, undefined] : [null, true],
    ]);
  });

  it('takes vectors from the old collection when the cache is gone', async () => {
    workspace.forgetCache();
    change();
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    await expectBuiltAnew();
  });

  it('converges when it is killed at any boundary, twice, and searchers never see a half-built index', async () => {
    for (let boundary = 1; ; boundary++) {
      const copy = workspace;
      const before = copy.contents();
      change();
      const dead = await copy.killed(boundary);
      if (dead) {
        seenBySearchers(before);
        await copy.killed(Math.ceil(boundary / 2));
        seenBySearchers(before);
        const rest = await copy.applied();
        expect(['applied', 'no_changes']).toContain(rest.outcome);
        expect(rest.embedded).toBe(0);
      }
      await expectBuiltAnew();
      expect(workspace.chroma.names(), `killed at boundary ${boundary}`).toEqual(names);
      // Lost requests may still land for a while; nothing else is open.
      const { intents } = workspace.rows(['intents']) as { intents: { status: string }[] };
      expect(intents.filter(({ status }) => status !== 'unsettled')).toEqual([]);
      if (!dead) {
        expect(boundary).toBeGreaterThan(20);
        return;
      }
      workspace.dispose();
      workspace = await begun();
    }
  });
});

/** Old or new, whole: by name, or for a moment by none. */
function seenBySearchers(before: unknown[]): void {
  const names = workspace.chroma.names();
  if (!names.includes(COLLECTION)) {
    expect(names).toContain(OLD);
    expect(names).toContain(stagingName(COLLECTION));
    return;
  }
  expect(workspace.contents()).toHaveLength(before.length);
}

async function begun(): Promise<Workspace> {
  const fresh = new Workspace();
  for (const name of ['a', 'b', 'c']) fresh.write(`${name}.md`, text(name, 4));
  fresh.write('refused.md', text('refused', 2));
  await fresh.applied();
  fresh.write('refused.md', Uint8Array.from([0x23, 0x20, 0xff, 0xfe]));
  await fresh.applied();
  await fresh.chroma.foreign(COLLECTION, 'somebody-else');
  return fresh;
}

describe('of another model', () => {
  it('is refused while the collection holds records that ingest did not write', async () => {
    model();
    await expect(workspace.plan()).rejects.toMatchObject({ code: 'E605' });
  });

  it('embeds every text once, also those of a refused document', async () => {
    workspace.chroma.records(COLLECTION).delete('somebody-else');
    model();
    const { index } = await workspace.plan();
    expect(index.summary.embed).toMatchObject({ compute: 12, cached: 0 });
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 14, upserted: 14 });
    await expectBuiltAnew();
    const [record] = workspace.chroma.records(COLLECTION).values();
    expect(record?.vector).toHaveLength(32);
  });

  it('follows edits, deletes and moves that are made while it is interrupted', async () => {
    workspace.chroma.records(COLLECTION).delete('somebody-else');
    for (let boundary = 8; boundary < 30; boundary += 3) {
      model();
      await workspace.killed(boundary);
      workspace.write('a.md', text('a', 5));
      workspace.remove('b.md');
      workspace.move('c.md', 'moved.md');
      workspace.write('new.md', text('new', 3));
      const result = await workspace.applied({ allow_delete: ['**'] });
      expect(result.failed).toBe(0);
      await expectBuiltAnew();
      workspace.dispose();
      workspace = await begun();
      workspace.chroma.records(COLLECTION).delete('somebody-else');
    }
  });

  it('is dropped again when the manifest is set back before the swap', async () => {
    workspace.chroma.records(COLLECTION).delete('somebody-else');
    const [before] = workspace.manifests;
    model();
    await workspace.killed(12);
    if (before !== undefined) workspace.manifests.splice(0, 1, before);
    const { index } = await workspace.plan();
    expect(index.index_actions).toEqual([{ action: 'discard', reasons: ['intent'] }]);
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 0 });
    expect(workspace.chroma.names()).toEqual([COLLECTION]);
    await expectBuiltAnew();
  });
});

describe('of another collection name', () => {
  const renamed = 'elsewhere';

  it('leaves the old collection as it is', async () => {
    const before = workspace.contents();
    edit((manifest) => ({ ...manifest, target: { ...manifest.target, collection: renamed } }));
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    expect(workspace.chroma.names()).toEqual([COLLECTION, renamed]);
    expect(workspace.contents()).toEqual(before);
    expect(workspace.chroma.contents(renamed)).toHaveLength(14);
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });
});

it('leaves the newest of the replaced collections, and forgets older ones', async () => {
  space();
  await workspace.applied();
  edit((manifest) => ({ ...manifest, target: { ...manifest.target, space: 'cosine' } }));
  await workspace.applied();
  expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 2)]);
  await expectBuiltAnew();
});

it('refuses to swap while somebody else has the name that it needs', async () => {
  await workspace.chroma.squat(OLD);
  space();
  await expect(workspace.applied()).resolves.toMatchObject({ outcome: 'failed', reason: /^E409 / });
  expect((await workspace.plan()).index.index_actions).toEqual([{ action: 'replace', reasons: ['space'] }]);
  workspace.chroma.drop(OLD);
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', upserted: 0 });
  await expectBuiltAnew();
});

it('is not swapped in when a record of it is lost at the last moment', async () => {
  const before = workspace.contents();
  space();
  // What others wrote comes last, after every index was looked at.
  let lost: string | undefined;
  workspace.chroma.after = ({ kind, ids }) => {
    if (kind !== 'put' || !ids.includes('somebody-else')) return;
    const built = workspace.chroma.records(stagingName(COLLECTION));
    lost = [...built.keys()].find((id) => id !== 'somebody-else');
    if (lost !== undefined) built.delete(lost);
  };
  await expect(workspace.applied()).resolves.toMatchObject({ outcome: 'failed', reason: /^E410 / });
  workspace.chroma.after = () => {};
  expect(lost).toBeDefined();
  expect(workspace.contents()).toEqual(before);
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', upserted: 1, embedded: 0 });
  await expectBuiltAnew();
});
