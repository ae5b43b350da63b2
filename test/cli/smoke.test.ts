/** `ingest smoke`: a real run on a sample, that says what it saw and leaves nothing behind, however it ends. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SmokeReport } from '../../src/domain/smoke.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import { type CliResult, parseJson } from '../support/ingest-cli.js';
import { chromaClient, expectValid, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  mkdirSync(project.ws.path('tmp'));
});
afterEach(() => project.dispose());

/** With a temporary folder of its own, in which nothing may stay. */
function smoke(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return project.call(['smoke', ...args], { env: { TMPDIR: project.ws.path('tmp'), ...env } });
}

function reported(result: CliResult): SmokeReport {
  const report = parseJson<SmokeReport>(result);
  expectValid('smoke_report', report);
  expect(result.code).toBe({ passed: 0, failed: 1, interrupted: 130 }[report.outcome]);
  return report;
}

/** Of this file's runs, whatever else is in this Chroma. */
async function expectNothingLeft({ indexes }: Pick<SmokeReport, 'indexes'>): Promise<void> {
  expect(readdirSync(project.ws.path('tmp'))).toEqual([]);
  const names = (await chromaClient(chroma.url).listCollections({ limit: 1000 })).map(({ name }) => name);
  expect(names.filter((name) => indexes.some(({ collection }) => name.startsWith(collection)))).toEqual([]);
}

const statuses = ({ steps }: SmokeReport): string[] => steps.map(({ name, status }) => `${name} ${status}`);
const problem = ({ steps }: SmokeReport) => steps.find(({ status }) => status === 'failed')?.problem;

const REMOTE = (server: EmbeddingServer): string[] => [
  'provider: openai-compatible',
  `base_url: "${server.url}"`,
  'model: test',
  'dimensions: 8',
];

describe('a smoke run', () => {
  it('passes every step on a sample of each source, and leaves nothing in Chroma and on disk', async () => {
    project.docs(12);
    project.ws.write('notes/a.md', '# A note\n\nOf another source.\n');
    project.manifest({
      sources: { docs: ['root: ../docs'], notes: ['root: ../notes'] },
      more: [
        'policy: { prevent_destroy: true }',
        'checks: { queries: [{ query: x, uris: [docs/gone.md] }] }',
      ],
    });
    const report = reported(await smoke(['--json', '--sample', '5']));
    expect(statuses(report)).toEqual([
      'sample passed',
      'apply passed',
      'apply again passed',
      'drift passed',
      'query passed',
      'report passed',
      'destroy passed',
      'clean up passed',
    ]);
    expect(report.indexes).toMatchObject([{ manifest_id: 'docs', declared: 13, sampled: 6 }]);
    const said = Object.fromEntries(report.steps.map(({ name, evidence }) => [name, evidence.join('; ')]));
    expect(said['apply']).toMatch(/6 documents, 16 chunks put.*live 16, recorded 16/);
    expect(said['drift']).toContain('verified at content: 16 records');
    expect(said['query']).toContain('6 of 6 documents found');
    expect(report.left_behind).toEqual([]);
    await expectNothingLeft(report);
    expect(readdirSync(project.ws.root).sort()).toEqual(['desired', 'docs', 'notes', 'tmp']);
  });

  it('touches neither the recorded state nor the collection of the index', async () => {
    project.docs(2);
    project.manifest();
    await project.settle();
    const files = project.stateFiles();
    const records = await (await project.collection()).get({ include: ['metadatas', 'documents'] });
    project.doc('doc-000.md', '# Edited\n\nSince the apply.\n');
    await expectNothingLeft(reported(await smoke(['--json'])));
    expect(project.stateFiles()).toEqual(files);
    expect(await (await project.collection()).get({ include: ['metadatas', 'documents'] })).toEqual(records);
  });

  it('tries a name that looks like a glob as the name that it is, and counts what the gate refuses', async () => {
    project.ws.write('contracts/c.json', JSON.stringify({ type: 'object', required: ['owner'] }));
    const owned = (text: string): string => `---\nowner: ana\n---\n# ${text}\n\nAbout ${text}.\n`;
    for (const name of ['a[1].md', '{b,c}.md', '(d).md', '!e.md', 'f+g@h.md']) project.doc(name, owned(name));
    project.doc('refused.md', '# Nobody owns this\n');
    project.manifest({ sources: { docs: ['root: ../docs', 'contract: ../contracts/c.json'] } });
    const report = reported(await smoke(['--json']));
    expect(report.steps[1]?.evidence).toEqual(
      expect.arrayContaining([expect.stringMatching(/^5 documents/), '1 refused by the gate']),
    );
    expect(report.outcome).toBe('passed');
  });

  it('fails where a document is not found by its own text, and still takes everything away', async () => {
    const server = await startEmbeddingServer();
    try {
      project.docs(8);
      project.manifest({ embedding: [...REMOTE(server), 'query_prefix: "another vector: "'] });
      const report = reported(await smoke(['--json', '--k', '1']));
      expect(statuses(report).slice(4)).toEqual([
        'query failed',
        'report skipped',
        'destroy passed',
        'clean up passed',
      ]);
      expect(problem(report)?.message).toMatch(
        /of 8 documents are not among the nearest 1 of their own text/,
      );
      await expectNothingLeft(report);
    } finally {
      await server.stop();
    }
  });

  it('fails where the model cannot be used, with the code and what to do', async () => {
    const server = await startEmbeddingServer({ key: 'right' });
    try {
      project.docs(2);
      project.manifest({ embedding: [...REMOTE(server), `api_key: "\${EMBED_KEY}"`] });
      const report = reported(await smoke(['--json'], { EMBED_KEY: 'k-wrong-and-planted' }));
      expect(statuses(report).slice(1)).toEqual([
        'apply failed',
        'apply again skipped',
        'drift skipped',
        'query skipped',
        'report skipped',
        'destroy passed',
        'clean up passed',
      ]);
      expect(JSON.stringify(report)).not.toContain('k-wrong-and-planted');
      expect(problem(report)?.message).toMatch(/401|E3/);
      await expectNothingLeft(report);
    } finally {
      await server.stop();
    }
  });

  it('fails where Chroma is away, without a word of what it could have left there', async () => {
    project.docs(1);
    project.manifest();
    const result = await smoke(['--json'], { CHROMA_URL: 'http://127.0.0.1:9' });
    const report = reported(result);
    expect(problem(report)).toMatchObject({ code: 'E401', advice: expect.stringMatching(/\w/) });
    expect(report.left_behind).toEqual([]);
    await expectNothingLeft(report);
  });

  it('takes away what it made when it is interrupted (exit 130)', async () => {
    const server = await startEmbeddingServer({ always: { kind: 'slow', ms: 40 } });
    try {
      project.docs(40);
      project.manifest({ embedding: [...REMOTE(server), 'batch_size: 2', 'max_concurrency: 1'] });
      const running = project.ws.start(['smoke', '--json', '--sample', '40'], {
        env: { ...project.env, TMPDIR: project.ws.path('tmp') },
      });
      while (server.requests.length < 5) {
        expect(running.child.exitCode).toBeNull();
        await sleep(5);
      }
      running.kill('SIGINT');
      const report = reported(await running.finished);
      expect(statuses(report)).toContain('apply again skipped');
      expect(statuses(report)).toContain('clean up passed');
      await expectNothingLeft(report);
    } finally {
      await server.stop();
    }
  });

  it('says what is wrong with the manifests as every command does, and leaves nothing', async () => {
    project.ws.manifest('apiVersion: ingest/v1\nkind: Index\n');
    const result = await smoke();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('desired/docs.yaml');
    expect(readdirSync(project.ws.path('tmp'))).toEqual([]);
  });

  it('has a sample of its own, for an installation without a project, network or key', async () => {
    const text = await smoke(['--builtin']);
    expect(text.code, text.stdout + text.stderr).toBe(0);
    expect(text.stdout).toMatch(/Smoke passed: 8 of 8 steps/);
    expect(readdirSync(project.ws.path('tmp'))).toEqual([]);
    const file = await smoke(['--builtin', '--format', 'markdown', '--out', 'smoke.md']);
    expect(file).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(project.ws.path('smoke.md'), 'utf8')).toMatch(
      /^<!-- ingest:smoke env=smoke -->\n### Smoke of smoke: passed\n[\s\S]*\| query \| passed \|/,
    );
  });
});
