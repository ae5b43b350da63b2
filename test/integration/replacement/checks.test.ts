/** Retrieval checks between what was built and what searchers see: held back, killed, shared, and let through. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stagingName } from '../../../src/domain/collection-names.js';
import type { CheckQuery, ChecksSpec, Manifest } from '../../../src/domain/manifest.js';
import { COLLECTION, Fate, manifestOf, Workspace } from '../../support/memory-workspace.js';

vi.setConfig({ testTimeout: 120_000 });

const query = (id: string, words: string, uri: string): CheckQuery => ({
  id,
  query: words,
  k: 1,
  uris: [uri],
  contains: undefined,
});
const APPLES = query('apples', 'apples and orchards', 'h/a.md');
const BOATS = query('boats', 'boats and harbours', 'h/b.md');
const WRONG = query('wrong', 'boats and harbours', 'h/a.md');
const spec = (...queries: CheckQuery[]): ChecksSpec => ({
  thresholds: { recall: 1, mrr: undefined },
  queries,
});

let workspace: Workspace;

function open(): Workspace {
  const made = new Workspace({ manifest: { checks: spec(APPLES, BOATS) } });
  made.write('a.md', '# Apples\n\nOf apples and orchards, at some length, so that it stands alone.\n');
  made.write('b.md', '# Boats\n\nOf boats and harbours, at some length, so that it stands alone.\n');
  return made;
}

beforeEach(async () => {
  workspace = open();
  await workspace.applied();
});
afterEach(() => workspace.dispose());

function edit(change: (manifest: Manifest) => Partial<Manifest>): void {
  const edited = workspace.manifests.map((manifest) => ({
    ...manifest,
    ...change(manifest),
    sha256: 'edited',
  }));
  workspace.manifests.splice(0, edited.length, ...edited);
}

const model = (dimensions = 128): void =>
  edit((manifest) => ({ embedding: { ...manifest.embedding, dimensions } as Manifest['embedding'] }));
const ask = (...queries: CheckQuery[]): void => edit(() => ({ checks: spec(...queries) }));

/** Of the vectors under the name that searchers use; none when nothing is there. */
function dimensions(): number[] {
  if (!workspace.chroma.names().includes(COLLECTION)) return [];
  return [...workspace.chroma.records(COLLECTION).values()].map(({ vector }) => vector.length);
}

async function expectWhole(): Promise<void> {
  const next = await workspace.plan({ verify: 'content' });
  expect(next.changes).toEqual([]);
  expect(next.header.outcome).toBe('no_changes');
  expect(workspace.chroma.names()).not.toContain(stagingName(COLLECTION));
}

/** How many boundaries a whole apply of this has; the last ones lie around the checks and the swap. */
async function boundaries(): Promise<number> {
  const fate = new Fate();
  await workspace.apply({}, fate);
  workspace.dispose();
  workspace = open();
  await workspace.applied();
  return fate.steps;
}

const AROUND = 18;

describe('a run that is killed', () => {
  it('before or after the checks of a new collection converges, and swaps what passes', async () => {
    model();
    const last = await boundaries();
    const checked: boolean[] = [];
    for (let boundary = last - AROUND; boundary <= last; boundary++) {
      model();
      expect(await workspace.killed(boundary)).toBe(true);
      const done = workspace.state((state) => [...state.latestEvents('CHECKS_DONE', 'docs')].length > 1);
      checked.push(done);
      const result = await workspace.applied();
      expect(result.checks.map(({ status }) => status)).toEqual(
        // Killed after its last act, the run left nothing to do.
        result.outcome === 'no_changes' && done ? [] : ['passed'],
      );
      expect(dimensions()).toEqual([128, 128]);
      await expectWhole();
      workspace.dispose();
      workspace = open();
      await workspace.applied();
    }
    // Both sides of the event were died at.
    expect(new Set(checked)).toEqual(new Set([false, true]));
  });

  it('around checks that fail never lets the new collection in, and it is held back again', async () => {
    const edited = (): void => {
      model();
      ask(APPLES, WRONG);
    };
    edited();
    const last = await boundaries();
    for (let boundary = last - 8; boundary <= last; boundary++) {
      edited();
      expect(await workspace.killed(boundary)).toBe(true);
      expect(dimensions()).toEqual([64, 64]);
      expect(await workspace.applied()).toMatchObject({ outcome: 'partial', reason: 'checks_failed' });
      expect(dimensions()).toEqual([64, 64]);
      workspace.dispose();
      workspace = open();
      await workspace.applied();
    }
  });

  it('between its last write and the checks leaves them to the next, which has nothing else to do', async () => {
    const edited = (words: string): void =>
      workspace.write('a.md', `# Apples\n\nOf apples and orchards, and what grows in them: ${words}.\n`);
    edited('all');
    const last = await boundaries();
    const seen: string[] = [];
    for (let boundary = last - 8; boundary <= last; boundary++) {
      edited(String(boundary));
      expect(await workspace.killed(boundary)).toBe(true);
      const next = await workspace.applied();
      seen.push(`${next.outcome} ${next.checks.length}`);
    }
    expect(seen).toContain('no_changes 1');
    expect(seen).not.toContain('applied 0');
  });
});

describe('a collection that was held back', () => {
  beforeEach(() => {
    model();
    ask(APPLES, WRONG);
  });

  it('is swapped in once the documents are mended', async () => {
    expect(await workspace.applied()).toMatchObject({ reason: 'checks_failed' });
    workspace.write('a.md', '# Apples\n\nApples and orchards, boats and harbours.\n');
    workspace.write('b.md', '# Nothing\n\nSomething else entirely, at some length, so that it stands.\n');
    const result = await workspace.applied();
    expect(result).toMatchObject({ outcome: 'applied', checks: [{ status: 'passed' }] });
    // Compared with what searchers had, not with what they never saw.
    expect(result.checks[0]?.before).toMatchObject({ passed: 2, failed: 0 });
    expect(dimensions()).toEqual([128, 128]);
    await expectWhole();
  });

  it('is thrown away when the manifest goes back', async () => {
    expect(await workspace.applied()).toMatchObject({ reason: 'checks_failed' });
    model(64);
    ask(APPLES, BOATS);
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', checks: [{ status: 'passed' }] });
    expect(dimensions()).toEqual([64, 64]);
    await expectWhole();
  });

  it('takes the place of one whose search is broken all the same, and the run says that they fail', async () => {
    const waits = async () => (await workspace.plan()).index.index_actions.map((one) => one.waits_for_checks);
    expect(await waits()).toEqual([true]);
    model(64);
    workspace.chroma.breakSearch(COLLECTION);
    expect(await waits()).toEqual([undefined]);
    expect(await workspace.applied()).toMatchObject({
      outcome: 'partial',
      reason: 'checks_failed',
      checks: [{ status: 'failed', swap_blocked: false }],
    });
    await expectWhole();
  });

  it('takes the place of one that says it has another recipe all the same', async () => {
    model(64);
    const live = await workspace.chroma.find(COLLECTION);
    if (live?.identity === undefined) throw new Error('nothing was built');
    await live.writeIdentity({ ...live.identity, vector_recipe: 'another' });
    expect(await workspace.applied()).toMatchObject({ checks: [{ status: 'failed', swap_blocked: false }] });
    await expectWhole();
  });

  it('takes the place of one that is gone all the same', async () => {
    const live = await workspace.chroma.find(COLLECTION);
    if (live !== undefined) await workspace.chroma.remove(live);
    expect(await workspace.applied()).toMatchObject({ checks: [{ swap_blocked: false }] });
    expect(dimensions()).toEqual([128, 128]);
    await expectWhole();
  });
});

describe('two indexes in one collection', () => {
  it('wait for each other: what one fails keeps both from searchers', async () => {
    workspace.write(
      'other/x.md',
      '# Clouds\n\nOf clouds and rain, at some length, so that it stands alone.\n',
    );
    edit((manifest) => ({ sources: manifest.sources.map((s) => ({ ...s, exclude: ['**/other/**'] })) }));
    workspace.manifests.push(
      manifestOf(`${workspace.docs}/other`, { manifest_id: 'second', file: 'desired/second.yaml' }),
    );
    await workspace.applied();
    model();
    const [first, second] = workspace.manifests;
    if (first === undefined || second === undefined) throw new Error('two manifests');
    const clouds = query('clouds', 'clouds and rain', 'h/x.md');
    workspace.manifests[1] = { ...second, checks: spec({ ...clouds, uris: ['h/y.md'] }) };
    const held = await workspace.applied();
    expect(
      held.checks.map(({ manifest_id, status, swap_blocked }) => [manifest_id, status, swap_blocked]),
    ).toEqual([
      ['docs', 'passed', true],
      ['second', 'failed', true],
    ]);
    expect(new Set(dimensions())).toEqual(new Set([64]));
    workspace.manifests[1] = { ...second, checks: spec(clouds) };
    const swapped = await workspace.applied();
    expect(swapped).toMatchObject({ outcome: 'applied', embedded: 0 });
    expect(swapped.checks.map(({ status }) => status)).toEqual(['passed', 'passed']);
    expect(new Set(dimensions())).toEqual(new Set([128]));
    await expectWhole();
  });
});
