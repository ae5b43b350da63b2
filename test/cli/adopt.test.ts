/** A collection changes hands, or gives its vectors, through the command line and a real Chroma. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AdoptedVectors, AdoptReport } from '../../src/domain/state-reports.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { chromaClient, expectValid, Project } from '../support/project.js';

let chroma: TestChroma;
let theirs: Project;
let ours: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  theirs = new Project(chroma.url, true);
  ours = new Project(chroma.url, true);
  for (const project of [theirs, ours]) {
    project.manifest({ collection: theirs.name });
    project.docs(2);
  }
});
afterEach(async () => {
  await theirs.dispose();
  await ours.dispose();
});

const flat = (text: string): string => text.replace(/\s+/g, ' ');

it('a collection of another state is taken over after approval, and its plan is empty', async () => {
  await theirs.apply();
  const refused = await ours.run(['plan']);
  expect(refused.code).toBe(1);
  expect(flat(refused.stderr)).toMatch(/E403.*ingest state adopt/);

  const unapproved = await ours.run(['state', 'adopt']);
  expect(unapproved.code).toBe(1);
  expect(unapproved.stderr).toContain('E603');
  const { lineage } = await theirs.status();
  expect(flat(unapproved.stdout)).toContain(`from the state with lineage ${String(lineage).slice(0, 8)}`);
  expect(flat(unapproved.stdout)).toContain('Manifests docs');

  const report = parseJson<AdoptReport>(await ours.call(['state', 'adopt', '--auto-approve', '--json']));
  expectValid('report', report);
  expect(report).toMatchObject({
    outcome: 'adopted',
    from_lineage: lineage,
    indexes: [{ manifest_id: 'docs', documents: 2, chunks: 6, partial: 0 }],
  });
  expect(existsSync(String(report.backup))).toBe(true);
  expect((await ours.plan('--verify', 'content')).outcome).toBe('no_changes');
  const events = await ours.journal();
  expect(events.map(({ type }) => type)).toContain('STATE_ADOPTED');
  expect((await theirs.call(['plan'])).stderr).toContain('E403');
});

/** As LangChain fills it: ids of its own, the file in `source`. `change`: what is done to each vector on the way. */
async function filledByAnotherTool(
  name: string,
  change = (vector: number[]): number[] => vector,
): Promise<void> {
  await theirs.apply();
  const built = await (await theirs.collection()).get({ include: ['documents', 'embeddings', 'metadatas'] });
  const client = chromaClient(chroma.url);
  const other = await client.createCollection({ name, embeddingFunction: null });
  await other.add({
    ids: built.ids.map(() => randomUUID()),
    embeddings: built.embeddings.map((vector) => change([...(vector ?? [])])),
    documents: built.documents.map((text) => text ?? ''),
    metadatas: built.metadatas.map((one) => ({ source: `/data/${one?.['ingest_uri']}` })),
  });
}

it('what another tool embedded with the same model is not embedded again, and its collection is left alone', async () => {
  const name = `${ours.name}-langchain`;
  await filledByAnotherTool(name);
  ours.manifest({ collection: `${ours.name}-own` });
  const unsaid = await ours.call(['state', 'adopt', '--from', name]);
  expect(unsaid.code).toBe(1);
  expect(unsaid.stderr).toContain('--same-model');

  const said = await ours.call(['state', 'adopt', '--from', name, '--same-model', '--json']);
  const taken = parseJson<AdoptedVectors>(said);
  expectValid('report', taken);
  expect(taken).toEqual({
    collection: name,
    dimension: 64,
    verified: 5,
    records: 6,
    without_text: 0,
    taken: 6,
    known: 0,
  });
  expect(existsSync(ours.ws.path('state/test'))).toBe(false);
  expect(await ours.apply()).toMatchObject({ applied: { create: 2 }, upserted: 6, embedded: 0 });
  expect(await (await ours.collection(name)).count()).toBe(6);
});

it('vectors of another model are refused, and none of them is taken', async () => {
  const name = `${ours.name}-other-model`;
  await filledByAnotherTool(name, (vector) => vector.toReversed());
  ours.manifest({ collection: `${ours.name}-own` });
  const { code, stderr } = await ours.call(['state', 'adopt', '--from', name, '--same-model']);
  expect(code).toBe(1);
  expect(flat(stderr)).toContain('E508');
  expect(flat(stderr)).toContain('is not what this model computes for its text');
  expect((await ours.plan()).summary.embed).toMatchObject({ compute: 6, cached: 0 });
});
