/** A lost state comes back from a real Chroma through the command line; without one, `--state live` is enough to look. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RebuildReport } from '../../src/domain/state-reports.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, differences, parseJson, readCollection } from '../support/ingest-cli.js';
import { expectValid, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());

beforeEach(() => {
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(4);
});
afterEach(() => project.dispose());

const loseState = () => rmSync(project.ws.path('state/test'), { recursive: true, force: true });
const contents = () => readCollection(chroma.url, project.name);

async function apply(...flags: string[]) {
  return applyResult(await project.call(['apply', '--auto-approve', '--json', ...flags]));
}

async function rebuild(...flags: string[]): Promise<RebuildReport> {
  const result = await project.call(['state', 'rebuild', '--json', ...flags]);
  expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  const report = parseJson<RebuildReport>(result);
  expectValid('report', report);
  return report;
}

it('after a rebuild the plan is empty and nothing is embedded; Chroma is as it was', async () => {
  await apply();
  const before = await contents();
  loseState();
  // Without a state the collection is somebody else's.
  const refused = await project.call(['plan']);
  expect({ code: refused.code, said: refused.stderr }).toMatchObject({
    code: 1,
    said: expect.stringMatching(/E403/),
  });
  expect(refused.stderr).toContain('state rebuild');

  const said = await project.run(['state', 'rebuild']);
  expect(said.code).toBe(0);
  expect(said.stdout.replace(/\s+/g, ' ')).toMatch(
    /Index docs; 4 documents; 12 chunks .*Not known which documents were refused.*Rebuilt: .*Next ingest plan --env test/,
  );
  expect((await project.plan()).outcome).toBe('no_changes');
  expect(gist(await project.plan('--verify', 'content'))).toEqual([]);
  expect(await apply()).toMatchObject({ embedded: 0, upserted: 0, deleted: 0, relabelled: 0 });
  expect(differences(await contents(), before)).toEqual([]);
  const events = await project.journal();
  expect(events[0]).toMatchObject({ type: 'STATE_REBUILT', data: { documents: 4, chunks: 12, partial: 0 } });
});

it('hands that were at the collection leave documents in part: the next apply mends them', async () => {
  await apply();
  const before = await contents();
  const collection = await project.collection();
  const records = await collection.get({ where: { ingest_uri: 'docs/doc-001.md' } });
  const other = await collection.get({
    where: { ingest_uri: 'docs/doc-002.md' },
    include: ['embeddings'],
  });
  await collection.delete({ ids: [records.ids[0] ?? ''] });
  await collection.update({
    ids: [other.ids[1] ?? ''],
    documents: ['somebody was here'],
    embeddings: [other.embeddings[1] ?? []],
  });
  await collection.upsert({
    ids: ['hand'],
    documents: ['not ours'],
    embeddings: [other.embeddings[1] ?? []],
  });
  loseState();
  const report = await rebuild();
  expect(report.collections).toMatchObject([{ role: 'live', foreign: 1 }]);
  expect(report.indexes[0]?.where).toEqual([
    { uri: 'docs/doc-001.md', reason: 'missing-records', records: 1, of: 3 },
    { uri: 'docs/doc-002.md', reason: 'text-changed', records: 3, of: 3 },
  ]);
  expect(gist(await project.plan()).map((line) => line.split(' ')[1])).toEqual([
    'docs/doc-001.md',
    'docs/doc-002.md',
  ]);
  expect(await apply()).toMatchObject({ outcome: 'applied', embedded: 0 });
  const after = await contents();
  expect(after.delete('hand')).toBe(true);
  expect(differences(after, before)).toEqual([]);
  expect((await project.plan('--verify', 'content')).outcome).toBe('no_changes');
});

it('a state that records something is not overwritten unless that is said, and there is a way back', async () => {
  await apply();
  const files = project.stateFiles();
  const refused = await project.call(['state', 'rebuild']);
  expect({ code: refused.code, said: refused.stderr }).toMatchObject({
    code: 1,
    said: expect.stringMatching(/E507/),
  });
  expect(project.stateFiles()).toEqual(files);
  const serial = (await project.plan()).base.serial;
  const { backup } = await rebuild('--force');
  copyFileSync(backup ?? '', project.ws.path('state/test/ingest.db'));
  const plan = await project.plan();
  expect({ outcome: plan.outcome, serial: plan.base.serial }).toEqual({ outcome: 'no_changes', serial });
});

it('without anything in live nothing is made', async () => {
  const report = await rebuild();
  expect(report.outcome).toBe('nothing_in_live');
  expect((await project.call(['state', 'rebuild'])).stdout).toContain('Nothing to rebuild');
  expect(existsSync(project.ws.path('state/test'))).toBe(false);
});
