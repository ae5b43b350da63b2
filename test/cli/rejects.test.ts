/** A document that its contract refuses: news once, then known; the last good version stays, or goes. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../src/platform/sqlite.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { article, changesOf, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.ws.write(
    'contracts/document.json',
    JSON.stringify({ type: 'object', required: ['owner'], properties: { owner: { type: 'string' } } }),
  );
});
afterEach(() => project.dispose());

const SOURCE = { docs: ['root: ../docs', 'contract: ../contracts/document.json'] };
const owned = (topic: string) => `---\nowner: ana\n---\n${article(topic)}`;

it('is a reject in the plan, recorded by apply (exit 5), known afterwards (exit 0); the old version stays', async () => {
  project.manifest({ sources: SOURCE });
  project.doc('a.md', owned('a'));
  project.doc('b.md', owned('b'));
  await project.settle();

  project.doc('a.md', article('a edited'));
  project.doc('c.md', article('c'));
  const plan = await project.plan();
  expect(gist(plan)).toEqual(['reject docs/a.md contract', 'reject docs/c.md contract']);
  expect(changesOf(plan)[0]).toMatchObject({ detail: expect.stringContaining('owner') });
  expect(plan.indexes[0]?.coverage).toMatchObject({ declared: 3, current: 1, old_kept: 1, rejected: 1 });
  const text = (await project.call(['plan'])).stdout;
  expect(text).toMatch(/x docs\/a\.md.*contract: .*owner/s);

  const first = await project.run(['apply', '--auto-approve']);
  expect(first.code).toBe(5);
  expect(first.stdout).toMatch(/docs\/a\.md/);
  const events = await project.journal();
  expect(events.filter((event) => event.type === 'DOC_REJECTED').map((event) => event.data['uri'])).toEqual([
    'docs/a.md',
    'docs/c.md',
  ]);

  const again = await project.plan();
  expect(again.outcome).toBe('no_changes');
  expect(again.summary).toMatchObject({ reject: 0, known_rejects: 2 });
  expect((await project.call(['plan'])).stdout).toMatch(/2 known\s+rejects/);
  const listed = await project.call(['rejects']);
  expect(listed.stdout).toMatch(/2 documents refused/);
  expect(await project.run(['rejects', 'list'])).toEqual(listed);
  expect(await project.apply()).toMatchObject({ outcome: 'no_changes', rejected: 0 });
  const old = await (await project.collection()).get({ where: { ingest_uri: 'docs/a.md' } });
  expect(old.documents.join()).toContain('of a explains');
  expect(old.documents.join()).not.toContain('edited');

  project.doc('a.md', owned('a mended'));
  const mended = await project.settle();
  expect(mended).toMatchObject({ applied: { update: 1 } });
  expect((await project.plan()).summary.known_rejects).toBe(1);
});

it('the rejects of an apply are in its JSON result, with the reason', async () => {
  project.manifest({ sources: SOURCE });
  project.doc('a.md', article('a'));
  const report = await project.apply();
  expect(report).toMatchObject({ outcome: 'partial', reason: 'documents_rejected', rejected: 1 });
  expect(report.rejects).toEqual([
    { uri: 'docs/a.md', message: expect.stringContaining('owner'), verdict: 'reject' },
  ]);
});

it('with on_reject: delete the old version goes, and the reject is known afterwards', async () => {
  project.manifest({ sources: SOURCE, more: ['policy: { on_reject: delete }'] });
  for (const name of ['a', 'b', 'c']) project.doc(`${name}.md`, owned(name));
  await project.settle();
  project.doc('a.md', article('a edited'));
  const plan = await project.plan();
  expect(gist(plan)).toEqual(['delete docs/a.md contract']);
  expect(plan.indexes[0]?.coverage).toMatchObject({ declared: 3, current: 2, rejected: 1 });
  const report = await project.apply();
  expect(report).toMatchObject({ deleted: 3, rejected: 1, outcome: 'partial' });
  expect(await (await project.collection()).count()).toBe(6);
  const after = await project.plan();
  expect(changesOf(after)).toEqual([]);
  expect(after.summary.known_rejects).toBe(1);
});

it('a contract edited so that all is refused keeps every old version', async () => {
  project.manifest({ sources: SOURCE });
  for (const name of ['a', 'b', 'c']) project.doc(`${name}.md`, owned(name));
  await project.settle();
  project.ws.write('contracts/document.json', JSON.stringify({ type: 'object', required: ['reviewed'] }));
  const plan = await project.plan();
  expect(plan.summary).toMatchObject({ reject: 3, delete: 0 });
  expect(plan.indexes[0]?.coverage).toMatchObject({ declared: 3, old_kept: 3 });
  await project.apply();
  expect(await (await project.collection()).count()).toBe(9);
  expect((await project.plan()).summary).toMatchObject({ reject: 0, known_rejects: 3 });
});

it('a refused file that is gone is no reject any more', async () => {
  project.manifest({ sources: SOURCE });
  project.doc('good.md', owned('good'));
  project.doc('bad.md', article('bad'));
  await project.apply();
  expect((await project.status()).indexes[0]?.rejects).toBe(1);
  project.ws.remove('docs/bad.md');
  expect(await project.apply()).toMatchObject({ outcome: 'no_changes' });
  expect((await project.status()).indexes[0]?.rejects).toBe(0);
});

it('a known reject is looked at again with --force, and by another version of its parser', async () => {
  project.manifest({ sources: SOURCE });
  project.doc('bad.md', article('bad'));
  await project.apply();
  expect((await project.plan()).summary).toMatchObject({ reject: 0, known_rejects: 1 });
  expect((await project.plan('--force', '**')).summary).toMatchObject({ reject: 1, known_rejects: 0 });
  const db = openDatabase(project.ws.path('state', 'test', 'ingest.db'));
  db.exec("UPDATE rejects SET chunk_recipe = 'of an older parser'");
  db.close();
  expect((await project.plan()).summary).toMatchObject({ reject: 1, known_rejects: 0 });
});
