/** Several manifests in one collection, and records that nobody owns. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { differences, readCollection, type SeenRecord } from '../support/ingest-cli.js';
import { article, changesOf, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.manifest({ id: 'guide', sources: { guide: ['root: ../guide'] } });
  project.manifest({ id: 'faq', sources: { faq: ['root: ../faq'] } });
  for (const id of ['guide', 'faq']) {
    for (let i = 0; i < 4; i++) project.ws.write(`${id}/p-${i}.md`, article(`${id} ${i}`));
  }
});
afterEach(() => project.dispose());

async function recordsOf(manifestId: string): Promise<Map<string, SeenRecord>> {
  const all = await readCollection(chroma.url, project.name);
  return new Map([...all].filter(([, record]) => record.metadata['ingest_manifest_id'] === manifestId));
}

it('an edit, a delete and a wipe of one manifest leave every record of the other as it was', async () => {
  const first = await project.apply('-f', 'desired/guide.yaml');
  expect(first).toMatchObject({ applied: { create: 4 } });
  const guide = await recordsOf('guide');
  expect(guide.size).toBe(12);
  expect(await project.settle()).toMatchObject({ applied: { create: 4 } });
  expect(differences(await recordsOf('guide'), guide)).toEqual([]);
  const faq = await recordsOf('faq');
  expect(faq.size).toBe(12);

  project.ws.write('guide/p-0.md', article('guide 0 edited'));
  project.ws.remove('guide/p-1.md');
  expect(gist(await project.plan())).toEqual(['update guide/p-0.md content', 'delete guide/p-1.md gone']);
  expect(await project.settle()).toMatchObject({ applied: { update: 1, delete: 1 } });
  expect(differences(await recordsOf('faq'), faq)).toEqual([]);

  const collection = await project.collection();
  await collection.delete({ where: { ingest_manifest_id: 'guide' } });
  const plan = await project.plan();
  expect(changesOf(plan).map((change) => `${change.action} ${change.source_id}`)).toEqual(
    Array(3).fill('repair guide'),
  );
  const drift = await project.drift();
  expect(drift.indexes.map((index) => [index.manifest_id, index.classes.length])).toEqual([
    ['faq', 0],
    ['guide', 1],
  ]);
  expect(await project.settle()).toMatchObject({ embedded: 0, applied: { repair: 3 } });
  expect(differences(await recordsOf('faq'), faq)).toEqual([]);
  expect((await recordsOf('guide')).size).toBe(9);
});

it('a manifest that is not loaded is reported as undeclared and left alone', async () => {
  await project.settle();
  const faq = await recordsOf('faq');
  project.ws.remove('desired/faq.yaml');
  project.ws.write('guide/p-0.md', article('guide 0 edited'));
  const plan = await project.plan('--verify', 'content');
  expect(plan.undeclared).toEqual(['faq']);
  expect(gist(plan)).toEqual(['update guide/p-0.md content']);
  expect(plan.indexes[0]?.live).toMatchObject({ foreign: 0, orphan: 0 });
  const text = await project.call(['plan']);
  expect(text.stdout).toMatch(/faq/);
  expect(await project.settle()).toMatchObject({ applied: { update: 1, delete: 0 } });
  expect(differences(await recordsOf('faq'), faq)).toEqual([]);
  const status = await project.status();
  expect(status.indexes.map((index) => [index.manifest_id, index.declared])).toEqual([
    ['faq', false],
    ['guide', true],
  ]);
});

it('foreign records survive, are noted and are no drift', async () => {
  await project.settle();
  const collection = await project.collection();
  const foreign = ['x-1', 'x-2', 'x-3'];
  await collection.add({
    ids: foreign,
    documents: foreign,
    metadatas: foreign.map(() => ({ ingest_manifest_id: 'of another tool' })),
    embeddings: foreign.map((_, i) => Array(64).fill(0.1 + i)),
  });
  const counts = await project.plan();
  expect(counts.outcome).toBe('no_changes');
  expect(counts.indexes[0]?.live).toMatchObject({ verify: 'counts', count: 27, foreign: 3 });
  expect((await project.call(['plan'])).stdout).toMatch(/3 .*left alone/);
  const drift = await project.drift('--verify', 'content');
  expect(drift.drift).toBe(false);
  expect(drift.indexes[0]?.classes.map((one) => [one.class, one.records])).toEqual([['foreign', 3]]);

  project.ws.write('guide/p-0.md', article('guide 0 edited'));
  for (const name of [1, 2]) project.ws.remove(`guide/p-${name}.md`);
  await project.settle('--verify', 'content');
  const live = await collection.get({ ids: foreign });
  expect(live.documents.sort()).toEqual(foreign);
  // Known since: no news, and no reason to look closer.
  const after = await project.plan();
  expect(after.indexes[0]?.live).toMatchObject({ verify: 'counts', foreign: 3 });
  expect(after.indexes[0]?.warnings).toEqual([]);
});

it('two manifests that disagree about the vectors of a shared collection are refused', async () => {
  project.manifest({
    id: 'faq',
    sources: { faq: ['root: ../faq'] },
    embedding: ['provider: lexical-hash', 'dimensions: 32'],
  });
  const result = await project.run(['apply', '--auto-approve']);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain('E111');
});
