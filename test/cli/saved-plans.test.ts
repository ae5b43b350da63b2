/** A plan that was reviewed is applied as reviewed, once, or refused with what moved. */

import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, parseJson } from '../support/ingest-cli.js';
import { article, gist, manifestYaml, type PlanJson, Project } from '../support/project.js';

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
  await project.apply();
  project.doc('doc-000.md', article('doc-000 edited'));
  project.doc('new.md', article('new'));
  project.ws.remove('docs/doc-003.md');
});
afterEach(() => project.dispose());

async function textsOf(uri: string): Promise<string> {
  const found = await (await project.collection()).get({ where: { ingest_uri: uri } });
  return found.documents.join('\n');
}

it('is applied exactly; an unrelated edit elsewhere neither makes it stale nor is applied with it', async () => {
  const planned = await project.plan('--out', 'review.plan');
  expect(gist(planned)).toEqual([
    'update docs/doc-000.md content',
    'delete docs/doc-003.md gone',
    'create docs/new.md new',
  ]);
  project.doc('doc-001.md', article('doc-001 edited later'));
  project.doc('later.md', article('later'));
  const report = await project.apply('review.plan');
  expect(report).toMatchObject({
    outcome: 'applied',
    plan_id: planned.plan_id,
    applied: { create: 1, update: 1, delete: 1 },
  });
  expect(await textsOf('docs/doc-001.md')).not.toContain('edited later');
  expect(await textsOf('docs/later.md')).toBe('');
  expect(gist(await project.plan())).toEqual(['update docs/doc-001.md content', 'create docs/later.md new']);
});

it('does not ask, and needs no --auto-approve', async () => {
  await project.plan('--out', 'review.plan');
  const result = await project.call(['apply', 'review.plan']);
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/1 added.*1 changed.*1 deleted/s);
});

it('goes stale when a document it names is edited: exit 3, the list of what moved, nothing done', async () => {
  await project.plan('--out', 'review.plan');
  project.doc('new.md', article('new, edited after the review'));
  const before = project.stateFiles();
  const text = await project.run(['apply', 'review.plan']);
  expect(text.code).toBe(3);
  expect(text.stdout).toMatch(/docs\/new\.md: the document changed/);
  expect(text.stdout).toContain('STALE');
  expect(text.stdout).not.toMatch(/moved +docs\/doc-000/);
  const report = await project.apply('review.plan');
  expect(report).toMatchObject({ outcome: 'stale', moved: ['docs/new.md: the document changed'] });
  expect(await (await project.collection()).count()).toBe(12);
  expect(Object.keys(project.stateFiles())).toEqual(Object.keys(before));
});

it('goes stale when the manifest is edited, or a record that it would touch is gone', async () => {
  await project.plan('--out', 'review.plan');
  project.manifest({ more: ['policy: { deletes: { max_count: 7 } }'] });
  expect(await project.apply('review.plan')).toMatchObject({
    outcome: 'stale',
    moved: ['docs: manifest was edited'],
  });
  project.manifest();
  const collection = await project.collection();
  const { ids } = await collection.get({ where: { ingest_uri: 'docs/doc-000.md' } });
  await collection.delete({ ids: ids.slice(0, 1) });
  const report = await project.apply('review.plan');
  expect(report.outcome).toBe('stale');
  expect(report.moved?.join()).toContain('docs/doc-000.md');
});

it('is used once: the second time exits 3 and names the run', async () => {
  await project.plan('--out', 'review.plan');
  const first = await project.apply('review.plan');
  const again = await project.run(['apply', 'review.plan']);
  expect(again.code).toBe(3);
  expect(again.stdout + again.stderr).toContain('already applied');
  expect(again.stdout + again.stderr).toContain(first.run_id?.slice(0, 8));
});

it('is refused when it was altered, cut off, or is no plan', async () => {
  const file = project.ws.path('review.plan');
  await project.plan('--out', 'review.plan');
  const text = readFileSync(file, 'utf8');
  const broken: readonly [string, RegExp][] = [
    [text.replace('"action":"create"', '"action":"delete"'), /altered/],
    [text.replace('docs/new.md', 'docs/old.md'), /altered/],
    [text.slice(0, text.length / 2), /cannot be read/],
    ['{}', /format_version/],
    [text.replace(/("format_version":\s*)"1\.\d+"/, '$1"2.0"'), /format 2\.0/],
    ['', /cannot be read/],
  ];
  for (const [content, message] of broken) {
    expect(content).not.toBe(text);
    writeFileSync(file, content);
    for (const command of ['apply', 'show']) {
      const result = await project.call([command, 'review.plan']);
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/E602/);
      expect(result.stderr).toMatch(message);
    }
  }
  const missing = await project.call(['apply', 'no-such.plan']);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain('no-such.plan');
  expect(await (await project.collection()).count()).toBe(12);
});

it('is refused for another environment', async () => {
  const two = manifestYaml({ collection: project.name }).replace(
    'embedding:',
    `  other: { chroma: { url: "\${CHROMA_URL}", collection: ${project.name}-other } }\nembedding:`,
  );
  project.ws.manifest(two);
  await project.plan('--env', 'test', '--out', 'review.plan');
  const result = await project.call(['apply', 'review.plan', '--env', 'other']);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/planned for test, not for other/);
});

it('is shown offline, with its environment and its changes, also as JSON and also gzipped', async () => {
  const planned = await project.plan('--out', 'review.plan.gz');
  const raw = gunzipSync(readFileSync(project.ws.path('review.plan.gz'))).toString('utf8');
  expect((JSON.parse(raw) as PlanJson).plan_id).toBe(planned.plan_id);
  const offline = { env: { CHROMA_URL: 'http://127.0.0.1:9' } };
  const text = await project.call(['show', 'review.plan.gz'], offline);
  expect({ code: text.code, stderr: text.stderr }).toEqual({ code: 0, stderr: '' });
  for (const word of ['docs/new.md', 'docs/doc-003.md', '@ test', planned.plan_id.slice(0, 8)]) {
    expect(text.stdout).toContain(word);
  }
  const json = parseJson<PlanJson>(await project.call(['show', 'review.plan.gz', '--json'], offline));
  expect(json).toEqual(planned);

  // Without a manifest, without a state: a reviewer has only the file.
  const elsewhere = project.ws.path('elsewhere');
  project.ws.write('elsewhere/p.plan', raw);
  const bare = await project.run(['show', 'p.plan'], { cwd: elsewhere });
  expect(bare.code).toBe(0);
  expect(bare.stdout).toContain('docs/new.md');

  writeFileSync(project.ws.path('review.plan.gz'), gzipSync(raw).subarray(0, 200));
  expect((await project.call(['show', 'review.plan.gz'])).code).toBe(1);
});

it('warns in show when the state has moved on, and still shows', async () => {
  await project.plan('--out', 'review.plan');
  await project.apply();
  const shown = await project.call(['show', 'review.plan']);
  expect(shown.code).toBe(0);
  expect(shown.stderr).toContain('recorded state has changed');
  expect(shown.stdout).toContain('docs/new.md');
});

it('has the id of its situation: equal for equal inputs, whatever the folder and the time', async () => {
  const one = await project.plan();
  const two = await project.plan('--verify', 'ids');
  expect(two.plan_id).toBe(one.plan_id);
  project.doc('new.md', article('new, but different'));
  expect((await project.plan()).plan_id).not.toBe(one.plan_id);
});

it('stale and refused plans change nothing: the same plan applies once the edit is taken back', async () => {
  await project.plan('--out', 'review.plan');
  const edited = readFileSync(project.ws.path('docs/new.md'));
  project.doc('new.md', 'other');
  expect(applyResult(await project.call(['apply', 'review.plan', '--json']))['outcome']).toBe('stale');
  project.doc('new.md', edited);
  expect(await project.apply('review.plan')).toMatchObject({ outcome: 'applied' });
});
