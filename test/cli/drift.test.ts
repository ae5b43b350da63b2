/** Records that somebody deleted, changed or added behind our back: found at the right level, repaired for free. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { differences, readCollection } from '../support/ingest-cli.js';
import { chromaClient, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(async () => {
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(4);
  await project.settle();
});
afterEach(() => project.dispose());

async function idsOf(uri: string): Promise<string[]> {
  return (await (await project.collection()).get({ where: { ingest_uri: uri }, include: [] })).ids.sort();
}

/** What drift found, as "class records". */
async function classes(...args: readonly string[]): Promise<string[]> {
  const report = await project.drift(...args);
  return report.indexes.flatMap((index) => index.classes.map((one) => `${one.class} ${one.records}`));
}

/** Applies, and live is as it was before anybody touched it. */
async function expectRepaired(
  before: Awaited<ReturnType<typeof readCollection>>,
  ...args: readonly string[]
) {
  const report = await project.settle(...args);
  expect(report).toMatchObject({ outcome: 'applied', embedded: 0 });
  expect(report.applied.repair).toBeGreaterThan(0);
  expect(differences(await readCollection(chroma.url, project.name), before)).toEqual([]);
  expect(await classes('--verify', 'content')).toEqual([]);
}

it('a clean index is no drift, at every level, and says which', async () => {
  for (const level of ['counts', 'ids', 'content']) {
    const result = await project.call(['drift', '--verify', level]);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(level);
    if (level === 'content') expect(result.stdout).toMatch(/verified/i);
    else expect(result.stdout).not.toMatch(/verified/i);
  }
  expect((await project.call(['drift', '--quiet'])).stdout).toBe('');
});

it('records deleted: counts tell, ids name the document, apply puts them back from the cache', async () => {
  const before = await readCollection(chroma.url, project.name);
  await (await project.collection()).delete({ ids: (await idsOf('docs/doc-001.md')).slice(0, 2) });
  expect(await classes()).toEqual(['missing 2']);
  const text = await project.run(['drift']);
  expect(text.code).toBe(2);
  expect(text.stdout).toContain('DRIFT');
  expect(text.stdout).toMatch(/doc-001\.md 2 of 3/);
  const plan = await project.plan();
  expect(gist(plan)).toEqual(['repair docs/doc-001.md missing-in-index']);
  expect(plan.indexes[0]?.live).toMatchObject({ verify: 'ids', escalated: 'counts differ', missing: 2 });
  expect(plan.summary).toMatchObject({ chunks: { add: 2, keep: 1 }, embed: { compute: 0, cached: 2 } });
  await expectRepaired(before);
});

describe('equal counts', () => {
  it('a text tampered with is found by content alone, and written again from the cache', async () => {
    const before = await readCollection(chroma.url, project.name);
    const [first] = await idsOf('docs/doc-000.md');
    await (await project.collection()).update({
      ids: [first ?? ''],
      documents: ['something else'],
      embeddings: [Array(64).fill(0.2)],
    });
    expect(await classes('--verify', 'ids')).toEqual([]);
    expect(await classes('--verify', 'content')).toEqual(['tampered 1']);
    expect(gist(await project.plan('--verify', 'content'))).toEqual(['repair docs/doc-000.md tampered']);
    await expectRepaired(before, '--verify', 'content');
  });

  it('a vector tampered with is found by content alone, and written again from the cache', async () => {
    const before = await readCollection(chroma.url, project.name);
    const [first] = await idsOf('docs/doc-000.md');
    const wrong = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 0.1 : -0.1));
    await (await project.collection()).update({ ids: [first ?? ''], embeddings: [wrong] });
    expect(await classes('--verify', 'ids')).toEqual([]);
    expect(await classes('--verify', 'content')).toEqual(['tampered 1']);
    expect(gist(await project.plan('--verify', 'content'))).toEqual(['repair docs/doc-000.md tampered']);
    await expectRepaired(before, '--verify', 'content');
  });

  it('metadata with a key added is found by content alone, and mended', async () => {
    const before = await readCollection(chroma.url, project.name);
    const [first] = await idsOf('docs/doc-000.md');
    await (await project.collection()).update({ ids: [first ?? ''], metadatas: [{ extra: 'by hand' }] });
    expect(await classes('--verify', 'ids')).toEqual([]);
    expect(await classes('--verify', 'content')).toEqual(['tampered 1']);
    expect(gist(await project.plan('--verify', 'content'))).toEqual(['repair docs/doc-000.md tampered']);
    await expectRepaired(before, '--verify', 'content');
  });
});

describe('all of it gone', () => {
  it('the whole collection emptied: every document is repaired, none embedded', async () => {
    const before = await readCollection(chroma.url, project.name);
    const collection = await project.collection();
    await collection.delete({ ids: [...before.keys()] });
    expect(await classes()).toEqual(['missing 12']);
    const plan = await project.plan();
    expect(plan.summary).toMatchObject({ repair: 4, embed: { compute: 0, cached: 12 } });
    await expectRepaired(before);
  });

  it('the collection deleted: drift names it, plan makes it again, apply restores it without embedding', async () => {
    const before = await readCollection(chroma.url, project.name);
    await chromaClient(chroma.url).deleteCollection({ name: project.name });
    expect(await classes()).toEqual(['collection-missing 12']);
    const plan = await project.plan();
    expect(plan.indexes[0]?.index_actions).toEqual([{ action: 'create', reasons: ['missing-in-index'] }]);
    expect(plan.indexes[0]?.live.status).toBe('missing');
    expect(plan.summary).toMatchObject({ repair: 4, create: 0, withheld: 0, embed: { compute: 0 } });
    await expectRepaired(before);
  });
});
