/** The morning after: status answers from recorded state alone, whatever became of everything else. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { StatusReport } from '../../src/domain/results.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyIn } from '../support/in-process.js';
import { expectValid, Project } from '../support/project.js';

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
  await applyIn({ root: project.ws.root, env: project.env });
});
afterEach(() => project.dispose());

async function status(...args: readonly string[]): Promise<StatusReport> {
  // Nobody answers there.
  const result = await project.call(['status', '--json', ...args], {
    env: { CHROMA_URL: 'http://127.0.0.1:9' },
  });
  expect(result.code).toBe(0);
  const report = JSON.parse(result.stdout) as StatusReport;
  expectValid('report', report);
  return report;
}

it('answers without Chroma and without the local model, and changes no byte', async () => {
  project.manifest({
    embedding: ['provider: transformers', 'model: org/tiny', 'model_path: ../nowhere'],
  });
  const before = project.stateFiles();
  const { indexes, not_applied } = await status('--env', 'test');
  expect(not_applied).toEqual([]);
  expect(indexes).toMatchObject([
    {
      manifest_unchanged: null,
      searchers: 'new',
      journal_version: 1,
      run_id: indexes[0]?.last_run?.run_id,
      done_docs: 4,
      committed_batches: 1,
      chunks_upserted_total: 12,
      open_intents: 0,
      checkpoint: 'docs/doc-003.md',
      cursor: null,
      resume_active: false,
      resume_reason: 'nothing is open',
      ways: [
        { way: 're-run', possible: true, advised: false, reason: 'nothing is open' },
        { way: 'retry', possible: false, reason: 'nothing failed' },
        { way: 'replay', possible: false },
        { way: 'backfill', possible: false },
      ],
    },
  ]);
  expect(indexes[0]?.samples).toHaveLength(3);
  expect(project.stateFiles()).toEqual(before);
});

it('answers also when the manifests are broken, once it is said of which environment', async () => {
  project.ws.manifest('apiVersion: ingest/v1\nkind: Nonsense\n');
  expect((await project.run(['status'])).code).toBe(1);
  const result = await project.call(['status', '--env', 'test']);
  expect(result.code).toBe(0);
  expect(result.stderr).toContain('Nonsense');
  const answers = result.stdout.split('\n').filter((line) => /^[1-6] /.test(line));
  expect(answers.map((line) => line.slice(0, 13).trim())).toEqual([
    '1 manifest',
    '2 run',
    '3 how far',
    '4 written',
    '5 searchers',
    '6 do',
  ]);
});

it('names what is declared and was never applied', async () => {
  project.manifest({ id: 'later', collection: `${project.name}-later` });
  const report = await status();
  expect(report).toMatchObject({ not_applied: ['later'], next: 'ingest apply --env test' });
});
