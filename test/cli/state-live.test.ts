/** `--state live`: a job without a recorded state sees the plan that one with it sees, and leaves nothing behind. */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DriftReport } from '../../src/domain/drift-report.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { article, expectValid, filesBelow, gist, type PlanJson, Project } from '../support/project.js';

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

const LIVE = { INGEST_STATE: 'live' };

/** Runs without a state folder, with a temporary folder of its own; both must be as they were. */
async function job(...args: string[]) {
  const temporary = project.ws.path('..', `tmp-${project.name}`);
  mkdirSync(temporary, { recursive: true });
  const kept = filesBelow(project.ws.root);
  const result = await project.run(args, {
    env: { ...LIVE, TMPDIR: temporary, TEMP: temporary, TMP: temporary },
  });
  expect({ args, files: filesBelow(project.ws.root) }).toEqual({ args, files: kept });
  expect({ args, left: readdirSync(temporary) }).toEqual({ args, left: [] });
  rmSync(temporary, { recursive: true });
  return result;
}

const planOf = async (): Promise<PlanJson> => {
  const result = await job('plan', '--json');
  expect({ code: result.code, stderr: result.code === 0 ? '' : result.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  return parseJson<PlanJson>(result);
};

it('plans what a job with the state plans, and the plan can be applied by who has the state', async () => {
  await project.apply();
  project.doc('doc-000.md', article('doc-000', ['one', 'two', 'other']));
  project.ws.remove('docs/doc-001.md');
  const known = await project.plan();
  const state = project.ws.path('state');
  const away = project.ws.path('..', `state-${project.name}`);
  renameSync(state, away);
  const found = await planOf();
  expect({ id: found.plan_id, gist: gist(found), lineage: found.base.lineage }).toEqual({
    id: known.plan_id,
    gist: gist(known),
    lineage: known.base.lineage,
  });
  expect(found.indexes[0]?.recorded).toEqual(known.indexes[0]?.recorded);
  const out = await project.call(['plan', '--out', 'reviewed.plan', '--state', 'live']);
  expect(out.stdout).toContain('ingest apply reviewed.plan --env test\n');
  renameSync(away, state);
  expect((await project.run(['apply', 'reviewed.plan'])).code).toBe(0);
});

it('nothing in live is nothing recorded: everything is a create', async () => {
  const found = await planOf();
  expect({ summary: found.summary.create, lineage: found.base.lineage }).toEqual({
    summary: 4,
    lineage: null,
  });
  expect((await job('status')).stdout).toContain('Nothing is recorded');
  expect((await job('drift')).code).toBe(0);
});

it('status and drift answer from live; records that do not fit together are drift', async () => {
  await project.apply();
  rmSync(project.ws.path('state'), { recursive: true });
  const status = await job('status', '--json');
  expectValid('report', parseJson(status));
  expect(parseJson(status)).toMatchObject({
    indexes: [{ manifest_id: 'docs', documents: 4, chunks: 12, resume_active: false, searchers: 'new' }],
  });
  expect((await job('drift')).code).toBe(0);

  const collection = await project.collection();
  const { ids } = await collection.get({ where: { ingest_uri: 'docs/doc-001.md' } });
  await collection.delete({ ids: ids.slice(0, 2) });
  const drifted = await job('drift', '--json');
  const report = parseJson<DriftReport>(drifted);
  expectValid('report', report);
  expect({ code: drifted.code, drift: report.drift, classes: report.indexes[0]?.classes }).toEqual({
    code: 2,
    drift: true,
    classes: [
      {
        class: 'missing',
        incident: 'gap',
        detail: 'its records do not fit together',
        ids: [],
        records: 2,
        documents: 1,
        where: [{ uri: 'docs/doc-001.md', records: 2, of: 3 }],
      },
    ],
  });
  expect(gist(await planOf())).toEqual(['update docs/doc-001.md intent']);
});

it('what records something needs a folder, and says so before it does anything', async () => {
  await project.apply();
  rmSync(project.ws.path('state'), { recursive: true });
  for (const args of [['apply', '--auto-approve'], ['state', 'rebuild'], ['runs']]) {
    const result = await job(...args);
    expect({ args, code: result.code, said: result.stderr }).toMatchObject({
      args,
      code: 1,
      said: expect.stringMatching(/E610(?:.|\n)*state rebuild/),
    });
  }
  // Without use of a state they work all the same.
  expect((await job('query', 'the one part of doc-001')).stdout).toContain('docs/doc-001.md');
});

it('Chroma out of reach is an error, never nothing recorded', async () => {
  const gone = new Project('http://127.0.0.1:9', true);
  try {
    gone.manifest();
    gone.docs(1);
    for (const command of ['plan', 'status']) {
      const result = await gone.run([command], { env: LIVE });
      expect({ command, code: result.code, said: result.stderr }).toMatchObject({
        command,
        code: 1,
        said: expect.stringContaining('E401'),
      });
    }
  } finally {
    await gone.dispose();
  }
});
