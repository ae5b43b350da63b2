/** Retrieval checks: what people ask must find what they need, after every apply and before a swap. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/domain/checks.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import { applyResult, parseJson } from '../support/ingest-cli.js';
import { chromaClient, expectValid, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.doc('account.md', '# Account\n\nTo reset your password, open settings and ask for a link.\n');
  project.doc('refunds.md', '# Refunds\n\nThe refund policy of orders: your money back within\n14 days.\n');
  project.doc('office.md', '# Office\n\nThe office is in Berlin and opens at nine.\n');
});
afterEach(() => project.dispose());

const PASSWORD = '{ id: password, query: reset my password, uris: [docs/account.md], k: 1 }';
const REFUND = '{ id: refund, query: refund policy of orders, contains: within 14 days }';
const LOST = '{ id: lost, query: reset my password, uris: [docs/office.md], k: 1 }';
const GONE = '{ id: gone, query: reset my password, uris: [docs/gone.md] }';

const checks = (queries: readonly string[], thresholds = '{}') => [
  'checks:',
  `  thresholds: ${thresholds}`,
  '  queries:',
  ...queries.map((query) => `    - ${query}`),
];
const declare = (queries: readonly string[], thresholds?: string, dimensions = 256): void =>
  project.manifest({
    embedding: ['provider: lexical-hash', `dimensions: ${dimensions}`],
    more: checks(queries, thresholds),
  });

const EXIT = { passed: 0, failed: 5, error: 1, no_checks: 0 };

/** `check --json`, valid, with the exit code of its outcome. */
async function check(): Promise<CheckReport> {
  const result = await project.call(['check', '--json']);
  const report = parseJson<CheckReport>(result);
  expectValid('report', report);
  expect(result.code, result.stderr).toBe(EXIT[report.outcome]);
  return report;
}

/** Of the vectors that searchers see. */
async function dimension(): Promise<number | undefined> {
  const { embeddings } = await (await project.collection()).get({ limit: 1, include: ['embeddings'] });
  return embeddings[0]?.length;
}

/** Of this project: the live one, and what is built beside it or was kept. */
async function names(): Promise<string[]> {
  const all = await chromaClient(chroma.url).listCollections({ limit: 1000 });
  return all.map(({ name }) => name).filter((name) => name.startsWith(project.name));
}

describe('ingest check', () => {
  it('shows each question with its rank, what is near instead and what it was, and changes nothing', async () => {
    declare([PASSWORD, REFUND], '{ recall: 1, mrr: 1 }');
    await project.apply();
    const before = project.stateFiles();
    const passed = await check();
    expect(passed.checks).toMatchObject([{ status: 'passed', passed: 2, failed: 0, recall: 1, mrr: 1 }]);
    expect(passed.checks[0]?.queries.map(({ id, rank }) => [id, rank])).toEqual([
      ['password', 1],
      ['refund', 1],
    ]);

    declare([PASSWORD.replace('account', 'office'), REFUND, GONE]);
    const failed = await check();
    expect(failed.checks).toMatchObject([
      { status: 'failed', passed: 1, failed: 2, before: { passed: 2, failed: 0, recall: 1, mrr: 1 } },
    ]);
    const text = await project.run(['check']);
    expect(text.code).toBe(5);
    const flat = text.stdout.replace(/\s+/g, ' ');
    expect(flat).toContain('ok refund policy of orders rank 1');
    expect(flat).toContain('FAILED reset my password not found, was 1');
    expect(flat).toContain('docs/office.md is not among the nearest 1 chunk nearest: docs/account.md');
    expect(flat).toContain('docs/gone.md is not in the index');
    expect(flat).toContain('recall 0.33 (at least 1.00), was 1.00');
    expect(flat).toContain('Checks FAILED (exit 5): docs.');
    expect(project.stateFiles()).toEqual(before);
  });

  it('says plainly that none are declared, and does not call failed what could not be asked', async () => {
    project.manifest();
    expect(await check()).toMatchObject({ outcome: 'no_checks', checks: [], without_checks: ['docs'] });
    expect(await project.call(['check'])).toMatchObject({ code: 0, stdout: 'No checks declared in docs.\n' });
    declare([PASSWORD]);
    expect((await check()).checks).toMatchObject([{ status: 'not_run', error: { code: 'E407' } }]);
    await project.apply();
    declare([PASSWORD], undefined, 64);
    expect((await check()).checks).toMatchObject([{ status: 'not_run', error: { code: 'E408' } }]);
  });
});

describe('apply', () => {
  it('runs them after it wrote, tells of a change, and ends partial with exit 5 when they fail', async () => {
    const glob = '{ id: office, query: where is the office, uris: ["docs/off*.md"], k: 1 }';
    declare([PASSWORD, glob]);
    expect((await project.apply()).checks).toMatchObject([{ status: 'passed', before: null, mrr: 1 }]);
    project.doc('account.md', '# Account\n\nEverything about billing.\n');
    project.doc('office.md', '# Office\n\nWhere is the office: reset my password here.\n');
    const report = await project.apply();
    expect(report).toMatchObject({ outcome: 'partial', reason: 'checks_failed', applied: { update: 2 } });
    expect(report.strict_sync?.ok).toBe(true);
    expect(report.checks).toMatchObject([
      { status: 'failed', recall: 0.5, before: { recall: 1 }, swap_blocked: false },
    ]);
    const events = await project.journal('--run', String(report.run_id));
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['CHECKS_DONE', 'RUN_FINISH']);
    expect(events.at(-1)?.data).toMatchObject({
      outcome: 'partial',
      reason: 'checks_failed',
      checks: [{ status: 'failed', passed: 1, failed: 1 }],
    });
    expect((await project.status()).indexes[0]?.advice).toContain('ingest check');
  });

  it('without a change runs them only when they were edited or did not pass last time', async () => {
    declare([PASSWORD]);
    await project.apply();
    expect(await project.apply()).toMatchObject({ outcome: 'no_changes', checks: [] });

    declare([PASSWORD, LOST]);
    expect(await project.plan()).toMatchObject({ outcome: 'no_changes' });
    const failed = await project.run(['apply', '--auto-approve']);
    expect(failed.code).toBe(5);
    const flat = failed.stdout.replace(/\s+/g, ' ');
    expect(flat).toContain('Checks 1 of 2 queries found; recall 0.50 (at least 1.00), was 1.00; mrr 0.50');
    expect(flat).toContain('missed reset my password: docs/office.md is not among the nearest 1 chunk');
    expect(flat).toContain('Next ingest check --env test');
    expect(await project.apply()).toMatchObject({ outcome: 'partial', upserted: 0, embedded: 0 });

    declare([PASSWORD, LOST], '{ recall: 0.5 }');
    expect(await project.apply()).toMatchObject({
      outcome: 'no_changes',
      checks: [{ status: 'passed', passed: 1, failed: 1 }],
    });
    expect(await project.apply()).toMatchObject({ outcome: 'no_changes', checks: [] });
  });
});

describe('a new model whose index fails the checks', () => {
  it('waits beside the old one, which searchers keep, and is swapped in once the checks are mended', async () => {
    declare([PASSWORD]);
    await project.apply();
    declare([PASSWORD, LOST], undefined, 64);
    const held = await project.apply();
    expect(held).toMatchObject({ outcome: 'partial', reason: 'checks_failed' });
    expect(held.checks).toMatchObject([{ status: 'failed', swap_blocked: true }]);
    const { indexes } = await project.status();
    expect(indexes).toMatchObject([{ searchers: 'old', replacement: { phase: 'building' } }]);
    expect(indexes[0]?.advice).toContain('failed its checks');

    const again = await project.call(['apply', '--auto-approve']);
    expect(again.code).toBe(5);
    expect(again.stdout.replace(/\s+/g, ' ')).toContain('searchers keep the old collection');
    expect(await dimension()).toBe(256);
    expect(await names()).toHaveLength(2);

    declare([PASSWORD], undefined, 64);
    const swapped = await project.settle();
    expect(swapped).toMatchObject({ embedded: 0, upserted: 0, checks: [{ status: 'passed' }] });
    expect(swapped.checks).toHaveLength(1);
    expect(await dimension()).toBe(64);
    expect((await project.apply()).checks).toEqual([]);
  });
});

describe('a provider that refuses the questions', () => {
  let server: EmbeddingServer;
  let down = false;
  beforeEach(async () => {
    server = await startEmbeddingServer({
      dimension: 8,
      onRequest: (input) =>
        server.always(down && input.includes('anything') ? { kind: 'status', status: 401 } : { kind: 'ok' }),
    });
  });
  afterEach(() => server.stop());

  const remote = (model: string): void =>
    project.manifest({
      embedding: [
        'provider: openai-compatible',
        `base_url: ${server.url}`,
        `api_key: "\${EMBED_KEY}"`,
        `model: ${model}`,
        'dimensions: 8',
      ],
      more: checks(['{ query: anything, uris: ["docs/**"] }']),
    });
  const env = { EMBED_KEY: 'k-test' };
  const apply = async () => {
    const result = await project.call(['apply', '--auto-approve', '--json'], { env });
    const report = applyResult<ApplyResult>(result);
    expectValid('report', report);
    return { code: result.code, ...report };
  };

  it('is no failed check: they were not run, exit 1, no swap; and the next apply runs them', async () => {
    remote('one');
    down = true;
    expect(await apply()).toMatchObject({
      code: 1,
      outcome: 'failed',
      reason: 'checks_not_run',
      applied: { create: 3 },
      strict_sync: { ok: true },
      checks: [{ status: 'not_run', recall: null, swap_blocked: false, error: { code: 'E301' } }],
    });
    const asked = await project.call(['check'], { env });
    expect(asked).toMatchObject({ code: 1, stdout: expect.stringContaining('UNKNOWN (exit 1)') });
    down = false;
    expect(await apply()).toMatchObject({ code: 0, outcome: 'no_changes', checks: [{ status: 'passed' }] });

    remote('two');
    down = true;
    expect(await apply()).toMatchObject({
      code: 1,
      reason: 'checks_not_run',
      checks: [{ status: 'not_run', swap_blocked: true }],
    });
    expect(await names()).toHaveLength(2);
    down = false;
    const requests = server.requests.length;
    expect(await apply()).toMatchObject({ code: 0, outcome: 'applied', embedded: 0 });
    expect(server.requests.slice(requests).map(({ input }) => input)).toEqual([['anything']]);
  });
});
