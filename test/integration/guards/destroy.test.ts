/**
 * A destroy is killed at every boundary, before and after every commit and every write to Chroma, and run again:
 * nothing of the manifest is left, in Chroma or in the state, and everything of others is as it was.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import { gatherStatus } from '../../../src/plan/inspect/gather-status.js';
import { Killed } from '../../support/intercepted-session.js';
import type { Write } from '../../support/memory-chroma.js';
import { COLLECTION, Fate, manifestOf, Workspace } from '../../support/memory-workspace.js';

vi.setConfig({ testTimeout: 120_000 });

const DESTROY = { destroy: true, verify: 'ids' } as const;
const OURS = ['indexes', 'documents', 'chunks', 'intents', 'rejects', 'sources', 'collections', 'scopes'];

let workspace: Workspace;
afterEach(() => workspace.dispose());

interface Scoped {
  readonly no?: number;
  readonly scope?: number;
}

const page = (name: string): string =>
  ['one', 'two', 'three']
    .map(
      (part) =>
        `## ${name} ${part}\n\nThe part ${part} of ${name} has some words of its own, for a chunk.\n\n`,
    )
    .join('');

function twoDocuments(): void {
  workspace = new Workspace();
  workspace.write('a.md', page('a'));
  workspace.write('b.md', page('b'));
}

function sibling(): Manifest {
  return manifestOf(workspace.docs, { manifest_id: 'other', sha256: '1'.repeat(64) });
}

/** A collection of its own, and nothing else. */
async function alone(): Promise<void> {
  twoDocuments();
  await workspace.applied();
}

/** Another manifest and another tool are in the same collection. */
async function shared(): Promise<void> {
  twoDocuments();
  workspace.manifests.push(sibling());
  await workspace.applied();
  await workspace.chroma.foreign(COLLECTION, 'by-hand');
  workspace.manifests.splice(1, 1);
}

/** Another tool is in it, and one collection was replaced, and a third was begun. */
async function threeCollections(): Promise<void> {
  twoDocuments();
  await workspace.applied();
  await workspace.chroma.foreign(COLLECTION, 'by-hand');
  respace('l2');
  await workspace.applied();
  respace('ip');
  expect(await workspace.killed(25)).toBe(true);
  expect(workspace.chroma.names()).toEqual(['docs', 'docs.generation-1', 'docs.staging']);
}

function respace(space: 'l2' | 'ip'): void {
  workspace.manifests[0] = manifestOf(workspace.docs, {
    target: { kind: 'embedded', collection: COLLECTION, space },
  });
}

/** The last apply was killed in the middle of a document. */
async function unfinished(): Promise<void> {
  await shared();
  workspace.write('a.md', page('other words'));
  expect(await workspace.killed(9)).toBe(true);
}

const foreignAndSibling = (): unknown =>
  [...workspace.chroma.records(COLLECTION)]
    .filter(([, { metadata }]) => metadata['ingest_manifest_id'] !== 'docs')
    .sort();

const ofDocs = (): string[] =>
  workspace.chroma
    .names()
    .flatMap((name) => [...workspace.chroma.records(name).values()])
    .flatMap(({ metadata }) => (metadata['ingest_manifest_id'] === 'docs' ? ['docs'] : []));

function expectForgotten(): void {
  expect(ofDocs()).toEqual([]);
  const rows = JSON.stringify(workspace.rows(OURS));
  expect(rows.match(/"manifest_id":"docs"/g) ?? []).toEqual([]);
  // Rows without a scope would be nobody's, for ever.
  const { scopes, documents, chunks, intents } = workspace.rows(OURS) as Record<string, Scoped[]>;
  const known = new Set(scopes?.map(({ no }) => no));
  for (const row of [...(documents ?? []), ...(chunks ?? []), ...(intents ?? [])]) {
    expect(known).toContain(row.scope);
  }
}

/** Kills it at the n-th boundary, for every n (or every third), each time from a fresh set-up. */
async function atEveryBoundary(
  setUp: () => Promise<void>,
  check: (before: unknown) => void | Promise<void>,
  stride = 1,
): Promise<number> {
  for (let n = 1; ; n += stride) {
    await setUp();
    const before = foreignAndSibling();
    const died = await workspace.killed(n, DESTROY);
    const result = await workspace.applied(DESTROY);
    expect({ n, outcome: result.outcome }).toEqual({
      n,
      outcome: expect.stringMatching(/^(applied|no_changes)$/),
    });
    expectForgotten();
    await check(before);
    const again = await workspace.applied(DESTROY);
    expect(again).toMatchObject({ outcome: 'no_changes', deleted: 0 });
    workspace.dispose();
    if (!died) return n;
  }
}

describe('a destroy that is killed anywhere and run again', () => {
  it('removes the collection that holds nothing else', async () => {
    const boundaries = await atEveryBoundary(alone, () => {
      expect(workspace.chroma.names()).toEqual([]);
      expect(workspace.rows(['collections', 'scopes', 'documents'])).toEqual({
        collections: [],
        scopes: [],
        documents: [],
      });
    });
    expect(boundaries).toBeGreaterThan(8);
  });

  it('leaves a sibling and foreign records exactly as they were, and the sibling has no drift', async () => {
    await atEveryBoundary(shared, async (before) => {
      expect(foreignAndSibling()).toEqual(before);
      const found = await workspace.chroma.find(COLLECTION);
      expect(found?.identity).toMatchObject({ manifests: ['other'], protected: [] });
      workspace.manifests.splice(0, 1, sibling());
      const plan = await workspace.plan({ verify: 'content' });
      expect(plan.header.outcome).toBe('no_changes');
      workspace.manifests.splice(0, 1, manifestOf(workspace.docs));
    });
  });

  it('takes what was replaced and what was begun with it, and keeps foreign records in one place', async () => {
    const check = (before: unknown): void => {
      expect(workspace.chroma.names()).toEqual([COLLECTION]);
      expect(foreignAndSibling()).toEqual(before);
    };
    await atEveryBoundary(threeCollections, check, 3);
  });

  it('also after an apply that was killed in the middle of a document', async () => {
    await atEveryBoundary(unfinished, (before) => expect(foreignAndSibling()).toEqual(before), 3);
  });
});

describe('the plan of a destroy', () => {
  it('names every document and what becomes of each collection, and reads no source', async () => {
    await shared();
    workspace.write('new.md', page('never applied'));
    const { header, index, changes } = await workspace.plan(DESTROY);
    expect(changes.map(({ action, uri, reasons }) => [action, uri, reasons])).toEqual([
      ['delete', 'h/a.md', ['destroyed']],
      ['delete', 'h/b.md', ['destroyed']],
    ]);
    expect(index.index_actions).toEqual([
      { action: 'destroy', reasons: ['destroyed'], collections: [{ collection: 'docs', stays: ['other'] }] },
    ]);
    expect(header.summary).toMatchObject({ delete: 2, chunks: { delete: 6 } });
  });

  it('is refused while the index is protected, by the state or by Chroma alone', async () => {
    await alone();
    const protectedManifest = manifestOf(workspace.docs);
    workspace.manifests[0] = {
      ...protectedManifest,
      policy: { ...protectedManifest.policy, prevent_destroy: true },
    };
    await workspace.applied();
    const before = workspace.rows(OURS);
    for (const prevent_destroy of [true, undefined, false]) {
      workspace.manifests[0] = {
        ...protectedManifest,
        policy: { ...protectedManifest.policy, prevent_destroy },
      };
      await expect(workspace.plan(DESTROY)).rejects.toMatchObject({ code: 'E609' });
      await expect(workspace.apply(DESTROY)).rejects.toMatchObject({ code: 'E609' });
    }
    expect(workspace.rows(OURS)).toEqual(before);
    await workspace.applied();
    expect((await workspace.applied(DESTROY)).outcome).toBe('applied');
  });

  it('does not fit any more when more is recorded than it would destroy', async () => {
    await alone();
    await workspace.planned(async (saved) => {
      workspace.write('c.md', page('c'));
      await workspace.applied();
      const answer = await workspace.apply({}, undefined, saved);
      expect(answer.kind).toBe('stale');
    }, DESTROY);
    expect(ofDocs()).toHaveLength(9);
  });
});

describe('an index whose Chroma is out of reach', () => {
  it('is not forgotten', async () => {
    await alone();
    const before = workspace.rows(OURS);
    const away = new IngestError('E401', 'away', { kind: 'world', advice: '' });
    workspace.chroma.reading = () => {
      throw away;
    };
    await expect(workspace.apply(DESTROY)).rejects.toBe(away);
    workspace.chroma.reading = () => {};
    expect(workspace.rows(OURS)).toEqual(before);
    expect((await workspace.plan()).header.outcome).toBe('no_changes');
  });
});

describe('an index whose collection is gone', () => {
  it('is still forgotten, and what stands under the name now is left alone', async () => {
    await alone();
    const found = await workspace.chroma.find(COLLECTION);
    if (found !== undefined) await workspace.chroma.remove(found);
    await workspace.chroma.squat(COLLECTION);
    await workspace.chroma.foreign(COLLECTION, 'by-hand');
    const { index } = await workspace.plan(DESTROY);
    expect(index.warnings.map(({ key }) => key)).toEqual(['collection-not-ours']);
    const result = await workspace.applied(DESTROY);
    expect(result).toMatchObject({ outcome: 'applied', applied: { delete: 2 }, deleted: 0 });
    expectForgotten();
    expect([...workspace.chroma.records(COLLECTION).keys()]).toEqual(['by-hand']);
  });
});

describe('a foreign record that arrives', () => {
  it('after a destroy was reviewed makes the plan stale, where the collection was to go as a whole', async () => {
    await alone();
    await workspace.planned(async (saved) => {
      const [action] = saved.indexes[0]?.header.index_actions ?? [];
      expect(action?.collections).toEqual([{ collection: 'docs', stays: [] }]);
      await workspace.chroma.foreign(COLLECTION, 'by-hand');
      expect((await workspace.apply({}, undefined, saved)).kind).toBe('stale');
    }, DESTROY);
    expect(ofDocs()).toHaveLength(6);
  });

  it('while it is at work keeps the collection, of which only our records go', async () => {
    await alone();
    class Arrives extends Fate {
      override step(): void {
        if (this.steps === 0) void workspace.chroma.foreign(COLLECTION, 'by-hand');
        super.step();
      }
    }
    const answer = await workspace.apply(DESTROY, new Arrives());
    expect(answer).toMatchObject({ kind: 'result', result: { outcome: 'applied', deleted: 6 } });
    expectForgotten();
    expect([...workspace.chroma.records(COLLECTION).keys()]).toEqual(['by-hand']);
  });
});

describe('a put of an earlier run whose answer was lost', () => {
  it('is waited for before the rows go, and what it wrote is deleted', async () => {
    await shared();
    workspace.write('a.md', page('words that arrive late'));
    const { chroma } = workspace;
    const late: Write[] = [];
    // It is on its way when the run dies, and lands while the destroy waits.
    chroma.before = (write) => {
      if (write.kind !== 'put') return;
      late.push(write);
      throw new Killed('with a put on its way');
    };
    await expect(workspace.apply()).rejects.toThrow('on its way');
    chroma.before = () => {};
    expect(late).toHaveLength(1);
    let slept = 0;
    workspace.onSleep = () => {
      slept++;
      for (const { id, text, vector, metadata } of late.flatMap(({ puts }) => puts)) {
        const kept = Object.entries(metadata).flatMap(([key, value]) =>
          value === null ? [] : [[key, value]],
        );
        chroma.records(COLLECTION).set(id, { text, vector, metadata: Object.fromEntries(kept) });
      }
    };
    expect((await workspace.applied(DESTROY)).outcome).toBe('applied');
    expect(slept).toBe(1);
    expectForgotten();
    expect(chroma.records(COLLECTION).has('by-hand')).toBe(true);
  });
});

describe('the status of an index whose destroy was stopped', () => {
  it('says to destroy it again, and of one that an apply built again nothing', async () => {
    await alone();
    for (let n = 1; ; n++) {
      expect(await workspace.killed(n, DESTROY)).toBe(true);
      const types = workspace.state((state) => [...state.journal(undefined, 0)].map(({ type }) => type));
      if (types.includes('DESTROY_BEGIN')) break;
    }
    const status = () => workspace.state((state) => gatherStatus(state, workspace.desired(), 'dev', null));
    expect(status().next).toBe('ingest destroy --env dev --index docs');
    expect(status().indexes[0]?.advice).toContain('re-run the destroy');
    await workspace.applied();
    expect(status()).toMatchObject({ next: '', indexes: [{ advice: 'nothing' }] });
  });
});

describe('after a destroy', () => {
  it('apply builds the same again from the cache', async () => {
    await alone();
    const before = workspace.contents();
    await workspace.applied(DESTROY);
    const result = await workspace.applied();
    expect(result).toMatchObject({ outcome: 'applied', embedded: 0, applied: { create: 2 } });
    expect(workspace.contents()).toEqual(before);
    expect((await workspace.plan()).header.outcome).toBe('no_changes');
  });
});
