/** Landing and `ingest replay`: what was read is kept, and is applied again when no source has it any more. */
import { renameSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { BatchList } from '../../src/domain/batches.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, parseJson } from '../support/ingest-cli.js';
import { article, changesOf, filesBelow, gist, type PlanJson, Project } from '../support/project.js';

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

const ANCHORS = ['ingest_run_id', 'ingest_batch_id', 'ingest_trace_id', 'ingest_source_fingerprint'];

/** Everything of every record but its anchors. */
async function contents(): Promise<Record<string, unknown>> {
  const collection = await project.collection();
  const got = await collection.get({ include: ['documents', 'metadatas', 'embeddings'] });
  return Object.fromEntries(
    got.ids.map((id, i) => {
      const metadata = Object.entries(got.metadatas[i] ?? {}).filter(([key]) => !ANCHORS.includes(key));
      return [id, [got.documents[i], Object.fromEntries(metadata), got.embeddings[i]]];
    }),
  );
}

async function wipe(): Promise<void> {
  const collection = await project.collection();
  await collection.delete({ ids: (await collection.get()).ids });
}

const batches = async (): Promise<BatchList['batches']> =>
  parseJson<BatchList>(await project.call(['replay', '--json'])).batches;

const replay = async (batch: string): Promise<ApplyResult> =>
  applyResult<ApplyResult>(await project.call(['replay', batch, '--auto-approve', '--json']));

const LANDED = { docs: ['root: ../docs', 'landing: true'] };

it('mends from the landing store what live lost, with no source there, and embeds nothing', async () => {
  project.manifest({ sources: LANDED });
  project.docs(3);
  await project.apply();
  project.doc('late.md', article('late'));
  await project.apply();
  const before = await contents();
  const [newest, first] = await batches();
  expect([newest?.landed, first?.landed]).toEqual([1, 3]);
  expect(newest?.replay).toBe('available');

  renameSync(project.ws.path('docs'), project.ws.path('gone'));
  await wipe();
  const result = await replay(newest?.batch_id.slice(0, 12) ?? '');
  expect(result).toMatchObject({ outcome: 'applied', embedded: 0, failed: 0 });
  expect(result.applied.repair).toBe(4);
  expect(await contents()).toEqual(before);

  expect((await replay(newest?.batch_id ?? '')).outcome).toBe('no_changes');
  expect((await replay(first?.batch_id ?? '')).outcome).toBe('no_changes');
  renameSync(project.ws.path('gone'), project.ws.path('docs'));
  expect((await project.plan()).outcome).toBe('no_changes');
});

it('passes over what a later batch changed or deleted', async () => {
  project.manifest({ sources: LANDED });
  project.docs(3);
  await project.apply();
  project.doc('doc-001.md', article('another'));
  project.ws.remove('docs/doc-002.md');
  await project.settle();
  const before = await contents();
  const first = (await batches()).at(-1)?.batch_id ?? '';
  const dry = await project.call(['replay', first, '--dry-run', '--json']);
  const [, ...lines] = dry.stdout.split('\n');
  const plan = JSON.parse(lines.join('\n')) as PlanJson;
  expect(changesOf(plan)).toEqual([]);
  expect(plan.indexes[0]?.batch_id).toBe(first);
  expect(plan.indexes[0]?.sources[0]).toMatchObject({ listing: 'window', superseded: 2 });
  expect((await replay(first)).outcome).toBe('no_changes');
  expect(await contents()).toEqual(before);
});

it('indexes what was quarantined once its contract is mended', async () => {
  const contract = (required: readonly string[]) =>
    project.ws.write('contract.json', JSON.stringify({ type: 'object', required }));
  contract(['owner']);
  project.manifest({ sources: { docs: [...LANDED.docs, 'contract: ../contract.json'] } });
  project.doc('fine.md', `---\nowner: ana\n---\n${article('fine')}`);
  project.doc('nobody.md', article('nobody'));
  expect((await project.apply()).rejected).toBe(1);
  const [batch] = await batches();
  expect(batch?.landed).toBe(2);
  renameSync(project.ws.path('docs'), project.ws.path('gone'));
  contract([]);
  const result = await replay(batch?.batch_id ?? '');
  expect(result.applied).toMatchObject({ create: 1, update: 1 });
  renameSync(project.ws.path('gone'), project.ws.path('docs'));
  // That the contract is another is recorded by the next whole apply.
  expect(gist(await project.plan())).toEqual([]);
});

it('lands what is current when it is switched on, and says how much; without it there is no replay', async () => {
  project.manifest();
  project.docs(2);
  await project.apply();
  const off = await project.plan();
  expect(off.indexes[0]?.sources[0]?.replay).toBe('unavailable');
  const [batch] = await batches();
  const refused = await project.run(['replay', batch?.batch_id ?? '', '--auto-approve']);
  expect({ code: refused.code, text: refused.stderr }).toEqual({
    code: 1,
    text: expect.stringContaining('E613'),
  });

  project.manifest({ sources: LANDED });
  const on = await project.plan();
  expect(on.indexes[0]?.index_actions).toEqual([{ action: 'landing', reasons: ['landing'], documents: 2 }]);
  expect(on.indexes[0]?.sources[0]?.replay).toBe('available');
  expect(gist(on)).toEqual([]);
  expect((await project.settle()).embedded).toBe(0);
  expect(filesBelow(project.ws.path('state', 'test', 'landing'))).toHaveLength(2);
  expect((await batches())[0]).toMatchObject({ landed: 2, replay: 'available' });
});
