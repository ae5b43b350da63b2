/** The end of an index, as a user brings it about: reviewed, approved by name, and of nothing that is somebody else's. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { chromaClient, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
});
afterEach(() => project.dispose());

const flat = (text: string): string => text.replace(/\s+/g, ' ');

async function names(): Promise<string[]> {
  const all = await chromaClient(chroma.url).listCollections({ limit: 1000 });
  return all.map(({ name }) => name).filter((name) => name.startsWith(project.name));
}

/** `destroy --json --auto-approve`, its last line. */
async function destroy(...args: string[]) {
  const result = await project.call(['destroy', '--json', '--auto-approve', ...args]);
  const last = result.stdout.trim().split('\n').at(-1) ?? '{}';
  return { code: result.code, stderr: result.stderr, result: JSON.parse(last) as Record<string, unknown> };
}

async function latest(): Promise<boolean> {
  return existsSync(project.ws.path('state/test/docs/LATEST'));
}

describe('an index that is alone in its collection', () => {
  beforeEach(async () => {
    project.manifest();
    project.docs(2);
    await project.apply();
  });

  it('is planned without a change anywhere, in text, Markdown and JSON', async () => {
    const before = project.stateFiles();
    const plan = await project.plan('--destroy');
    expect(gist(plan)).toEqual(['delete docs/doc-000.md destroyed', 'delete docs/doc-001.md destroyed']);
    expect(plan.indexes[0]?.index_actions).toEqual([
      { action: 'destroy', reasons: ['destroyed'], collections: [{ collection: project.name, stays: [] }] },
    ]);
    const text = flat((await project.call(['plan', '--destroy'])).stdout);
    expect(text).toContain(
      `the index ends, and nothing stays recorded of it: collection ${project.name} is deleted`,
    );
    expect(text).toContain('2 of 2 deleted (100%): destroy takes everything');
    expect(text).toContain('Next ingest destroy --env test --index docs');
    const markdown = await project.call(['plan', '--destroy', '--format', 'markdown']);
    expect(markdown.stdout).toContain('### test: DESTROYS `docs`: 2 deletes');
    expect(markdown.stdout).toContain(`collection ${project.name} is deleted`);
    expect(project.stateFiles()).toEqual(before);
    expect(await (await project.collection()).count()).toBe(6);
  });

  it('ends with its collection, its rows and LATEST; the journal tells of it; a second one has nothing to do', async () => {
    const { code, result } = await destroy();
    expect({ code, result }).toMatchObject({
      code: 0,
      result: { outcome: 'applied', reason: 'ok', applied: { delete: 2 }, deleted: 6 },
    });
    expect(await names()).toEqual([]);
    expect(await latest()).toBe(false);
    expect((await project.status()).indexes).toEqual([]);
    const events = await project.journal('--run', String(result['run_id']));
    expect(events.map(({ type }) => type)).toEqual([
      'RUN_START',
      'DESTROY_BEGIN',
      'DESTROY_DONE',
      'RUN_FINISH',
    ]);
    expect(await destroy()).toMatchObject({ code: 0, result: { outcome: 'no_changes' } });
    expect((await project.call(['destroy'])).stdout).toContain('Nothing to destroy');

    expect(await project.apply()).toMatchObject({ applied: { create: 2 }, embedded: 0 });
    expect(await latest()).toBe(true);
  });

  it('stays without a terminal or approval, with advice, and while it is protected', async () => {
    const { code, stderr } = await project.run(['destroy']);
    expect(code).toBe(1);
    expect(stderr).toContain('E603');
    expect(flat(stderr)).toContain('ingest plan --destroy --index docs --out FILE');
    expect(await (await project.collection()).count()).toBe(6);

    project.manifest({ more: ['policy: { prevent_destroy: true }'] });
    const protectedNow = await project.call(['destroy', '--auto-approve']);
    expect(protectedNow.code).toBe(1);
    expect(protectedNow.stderr).toContain('E609');
    expect(await (await project.collection()).count()).toBe(6);
  });

  it('ends by a saved plan, once, and not by one that no longer says all', async () => {
    await project.plan('--destroy', '--out', 'small.plan');
    project.doc('more.md', '# More\n\nA document that came later.\n');
    await project.apply();
    expect(await project.apply('small.plan')).toMatchObject({ outcome: 'stale' });
    await project.plan('--destroy', '--out', 'end.plan');
    expect((await project.call(['show', 'end.plan'])).stdout).toContain('the index ends');
    expect(await project.apply('end.plan')).toMatchObject({ outcome: 'applied', applied: { delete: 3 } });
    expect(await names()).toEqual([]);
  });

  it('is forgotten when somebody deleted the collection', async () => {
    await chromaClient(chroma.url).deleteCollection({ name: project.name });
    expect(await destroy()).toMatchObject({
      code: 0,
      result: { outcome: 'applied', applied: { delete: 2 } },
    });
    expect((await project.status()).indexes).toEqual([]);
  });

  it('ends where it is recorded, wherever the manifest points by now', async () => {
    const moved = await project.run(['destroy', '--auto-approve'], {
      env: { CHROMA_URL: 'http://127.0.0.1:9' },
    });
    expect(moved.code).toBe(0);
    expect(await names()).toEqual([]);
  });

  it('takes no flag that would make it a part of one', async () => {
    const part = await project.call(['plan', '--destroy', '--only', '*', '--verify', 'off', '--diff']);
    expect(part.code).toBe(1);
    expect(flat(part.stderr)).toContain('E604 --only, --verify off, --diff cannot stand beside --destroy');
    expect((await project.call(['plan', '--index', 'docs'])).stderr).toContain('E604');
  });
});

describe('several indexes in one collection', () => {
  beforeEach(async () => {
    project.docs(2);
    project.manifest({ id: 'first' });
    project.manifest({ id: 'second' });
    await project.apply();
    const collection = await project.collection();
    await collection.upsert({ ids: ['by-hand'], embeddings: [Array(64).fill(0.1)], documents: ['not ours'] });
  });

  it('must be named, and only the named one ends', async () => {
    const unnamed = await project.call(['destroy', '--auto-approve']);
    expect(unnamed.code).toBe(1);
    expect(unnamed.stderr).toContain('E606');
    expect(unnamed.stderr).toContain('--index: first, second');

    const plan = await project.plan('--destroy', '--index', 'first');
    expect(plan.indexes[0]?.index_actions).toMatchObject([
      { collections: [{ collection: project.name, stays: ['second'] }] },
    ]);
    expect(await destroy('--index', 'first')).toMatchObject({ code: 0, result: { deleted: 6 } });
    const collection = await project.collection();
    const { metadatas } = await collection.get({ include: ['metadatas'] });
    expect(metadatas.map((one) => one?.['ingest_manifest_id'] ?? 'nobody').sort()).toEqual([
      'nobody',
      ...Array(6).fill('second'),
    ]);
    expect(collection.metadata?.['ingest_manifests']).toBe('["second"]');
    const drift = await project.drift('--verify', 'content', '-f', 'desired/second.yaml');
    expect(drift.drift).toBe(false);

    expect(await destroy('--index', 'second')).toMatchObject({ code: 0, result: { deleted: 6 } });
    // Nobody's record keeps the collection.
    expect(await (await project.collection()).get()).toMatchObject({ ids: ['by-hand'] });
  });

  it('one whose manifest is gone can still be destroyed, also when it was the last', async () => {
    project.ws.remove('desired/first.yaml');
    const plan = await project.plan();
    expect(plan.undeclared).toEqual(['first']);
    expect(await destroy('--index', 'first')).toMatchObject({ code: 0, result: { applied: { delete: 2 } } });
    project.ws.remove('desired/second.yaml');
    expect(await destroy('--index', 'second', '--env', 'test')).toMatchObject({
      code: 0,
      result: { applied: { delete: 2 } },
    });
    expect(await (await project.collection()).count()).toBe(1);
    expect(await destroy('--index', 'second', '--env', 'test')).toMatchObject({
      code: 0,
      result: { outcome: 'no_changes' },
    });
    const typo = await project.call(['destroy', '--index', 'secnd', '--env', 'test']);
    expect(typo.stderr).toContain('E606');
  });
});
