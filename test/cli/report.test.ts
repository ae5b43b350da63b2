/** `ingest report`: the evidence of each run, adding up, and in the same words for ever. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/domain/run-report.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { article, expectValid, Project } from '../support/project.js';
import { afterBatches, InterruptRig, paragraphs } from './interrupt-rig.js';

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

/** Valid, adding up, and exit 0 whatever the run came to. */
async function report(...args: readonly string[]): Promise<RunReport> {
  const result = await project.call(['report', '--json', ...args]);
  expect(result.code, result.stderr).toBe(0);
  return checked(parseJson<RunReport>(result));
}

function checked(found: RunReport): RunReport {
  expectValid('run_report', found);
  for (const coverage of [found.coverage, ...found.indexes.map((index) => index.coverage)]) {
    const { declared, ...classes } = coverage;
    expect(Object.values(classes).reduce((sum, n) => sum + n, 0)).toBe(declared);
  }
  expect(found.reconciliation.filter(({ ok }) => ok === false)).toEqual([]);
  expect(found.history.at(-1)?.run_id).toBe(found.run.run_id);
  return found;
}

const reconciled = ({ reconciliation }: RunReport): Record<string, unknown> =>
  Object.fromEntries(reconciliation.map(({ name, actual, ok }) => [name, ok === true ? actual : ok]));

const CONTRACT = { type: 'object', properties: { owner: { type: 'string' } } };
const SOURCE = { docs: ['root: ../docs', 'contract: ../contracts/document.json'] };

describe('the report of a run', () => {
  it('says what went in, what came of it and that both agree; its anchors are those of the records', async () => {
    project.docs(3);
    project.doc('logo.png', 'not a document');
    project.doc('empty.md', '');
    project.manifest();
    const applied = await project.settle();
    const found = await report(applied.run_id ?? '');

    expect(found.run).toMatchObject({ outcome: 'applied', reason: 'ok', plan_id: applied.plan_id });
    expect(found.verdict).toMatchObject({
      status: 'success',
      reason_codes: [],
      downstream_decision: 'proceed',
      recommended_action: 'proceed',
      command: [],
    });
    expect(found.coverage).toMatchObject({ declared: 5, current: 3, skipped: 2, pending: 0 });
    expect(found.figures).toMatchObject({ upserted: 9, embedded: applied.embedded, cost: 0, retries: 0 });
    expect(found.figures.tokens).toBeGreaterThan(100);
    expect(found.indexes[0]?.sources).toMatchObject([
      { source_id: 'docs', listing: 'full', complete: true, skipped: { '.png': 1, empty: 1 } },
    ]);
    expect(reconciled(found)).toMatchObject({
      coverage: 5,
      changes: 3,
      records: 9,
      documents: 3,
      batch: found.indexes[0]?.batch_id,
      manifest: found.indexes[0]?.manifest_sha256,
      warnings: 0,
    });
    const phases = found.timings?.phases.map(({ phase }) => phase);
    expect(phases).toEqual(expect.arrayContaining(['scan', 'embed', 'upsert', 'commit', 'strict sync']));

    const records = await (await project.collection()).get({ include: ['metadatas'] });
    const [anchor] = found.anchors;
    expect(found.anchors).toHaveLength(1);
    for (const metadata of records.metadatas) {
      expect(metadata).toMatchObject({
        ingest_run_id: anchor?.run_id,
        ingest_batch_id: anchor?.batch_id,
        ingest_trace_id: anchor?.trace_id,
        ingest_source_fingerprint: anchor?.source_fingerprint,
      });
    }
  });

  it('is the same bytes in every format whatever happens afterwards, and writes nothing', async () => {
    project.docs(3);
    project.manifest();
    const first = (await project.settle()).run_id ?? '';
    const formats = ['text', 'json', 'markdown', 'html'];
    const all = (run: string): Promise<string[]> =>
      Promise.all(
        formats.map(async (format) => {
          const result = await project.call(['report', run, '--env', 'test', '--format', format]);
          expect(result.code, result.stderr).toBe(0);
          return result.stdout;
        }),
      );
    const before = await all(first);
    const files = project.stateFiles();
    expect((await project.call(['report', first, '--env', 'test'])).code).toBe(0);
    expect(project.stateFiles()).toEqual(files);

    project.doc('doc-000.md', article('edited'));
    project.doc('later.md', article('later'));
    const second = await project.settle();
    await (await project.collection()).delete({ where: { ingest_uri: 'docs/doc-001.md' } });
    await project.settle();
    project.ws.manifest('not: [a manifest', 'docs');
    expect(await all(first)).toEqual(before);
    expect(before.every((text) => text.includes(first) && !text.includes('later.md'))).toBe(true);
    // Nor does the report of one run stand in the place of another's.
    expect((await all(second.run_id ?? ''))[1]).not.toBe(before[1]);
  });

  it('names what was refused now, counts what was refused before, and says which verb mends it', async () => {
    project.ws.write('contracts/document.json', JSON.stringify(CONTRACT));
    project.docs(2);
    project.doc('<b>"bad".md', '---\nowner: 5\n---\n# Bad\n');
    project.manifest({ sources: SOURCE });
    await project.apply();
    const news = await report();
    expect(news.verdict).toMatchObject({
      status: 'warning',
      reason_codes: ['documents_rejected'],
      downstream_decision: 'proceed_with_gaps',
      recommended_action: 'rerun_after_fix',
      command: ['rejects'],
    });
    expect(news.rejected).toMatchObject({
      total: 1,
      listed: [{ uri: 'docs/<b>"bad".md', code: 'contract', message: expect.stringContaining('/owner') }],
    });
    expect(news.indexes[0]?.refused).toEqual({ rejected: { contract: 1 }, quarantined: {} });

    expect(await project.apply()).toMatchObject({ outcome: 'no_changes' });
    const known = await report();
    expect(known.rejected.total).toBe(0);
    expect(known.indexes[0]?.refused).toEqual({ rejected: { contract: 1 }, quarantined: {} });
    expect(known.coverage).toMatchObject({ declared: 3, current: 2, rejected: 1 });
    expect(known.verdict).toMatchObject({ status: 'warning', recommended_action: 'rerun_after_fix' });
    expect(known.history.map(({ outcome }) => outcome)).toEqual(['partial', 'no_changes']);
  });

  it('names the losses that a guard held back', async () => {
    project.docs(10);
    project.manifest({ more: ['policy: { deletes: { max_count: 1, max_ratio: 0.1 } }'] });
    await project.settle();
    for (const i of [0, 1, 2, 3]) project.ws.remove(`docs/doc-00${i}.md`);
    await project.apply();
    const found = await report();
    expect(found.verdict).toMatchObject({ status: 'warning', reason_codes: ['losses_withheld'] });
    expect(found.withheld.total).toBe(4);
    expect(found.withheld.listed[0]).toMatchObject({
      uri: 'docs/doc-000.md',
      code: 'withheld',
      message: expect.stringMatching(/4 of 10/),
    });
    expect(found.coverage).toMatchObject({ declared: 10, current: 6, old_kept: 4 });
  });

  it('is there of attempts that failed before they began, each under its own id', async () => {
    project.docs(1);
    project.manifest();
    const away = { env: { CHROMA_URL: 'http://127.0.0.1:9' } };
    for (const _ of [1, 2]) await project.call(['apply', '--auto-approve'], away);
    const runs = (await project.call(['runs', '--json'])).stdout.trim().split('\n');
    const ids = runs.map((line) => (JSON.parse(line) as { readonly run_id: string }).run_id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      const found = await report(id);
      expect(found.run.run_id).toBe(id);
      expect(found.verdict).toMatchObject({
        status: 'failed',
        downstream_decision: 'hold',
        recommended_action: 'rerun_after_fix',
        reason_codes: [expect.stringMatching(/^E4/)],
      });
    }
  });

  it('takes any unambiguous beginning of an id, the last run without one, and says when there is none', async () => {
    project.manifest();
    const none = await project.run(['report']);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/E505.*no run is recorded/);
    project.docs(1);
    const { run_id: id = '' } = (await project.settle()) as { run_id: string };
    expect((await report(id.slice(0, 20).toLowerCase())).run.run_id).toBe(id);
    expect((await report()).run.run_id).toBe(id);
    expect((await project.call(['report', '99NOSUCH'])).stderr).toContain('E505');
  });

  it('is written to a file in the format that its name says', async () => {
    project.docs(1);
    project.manifest();
    await project.settle();
    const starts: Record<string, RegExp> = {
      'run.html': /^<!doctype html>/,
      'run.md': /^<!-- ingest:run env=test/,
      'run.json': /^\{"type":"run_report"/,
      'run.txt': /^docs @ test/,
    };
    for (const [file, start] of Object.entries(starts)) {
      const result = await project.run(['report', '--out', file]);
      expect(result).toMatchObject({ code: 0, stdout: '' });
      expect(readFileSync(project.ws.path(file), 'utf8')).toMatch(start);
    }
    expect((await project.call(['report', '--out', 'docs'])).stderr).toContain('E701');
  });
});

describe('the report of a run that did not come to its end', { timeout: 240_000 }, () => {
  it.each([
    { signal: 'SIGKILL', outcome: null, code: 'killed' },
    { signal: 'SIGINT', outcome: 'interrupted', code: 'interrupted' },
  ] as const)(
    'is made of what the journal has after $signal, and says so',
    async ({ signal, outcome, code }) => {
      // Many more batches than can be on their way at once: an interrupted apply ends those that are.
      const rig = await InterruptRig.start(chroma.url, chroma.url, { batch: 10 });
      try {
        for (let i = 0; i < 30; i++) rig.workspace.write(`docs/n${i}.txt`, paragraphs(`n${i}x`, 6));
        await rig.interrupt(signal, afterBatches(1));
        const ask = async (): Promise<RunReport> =>
          checked(await rig.workspace.callJson<RunReport>(['report'], { env: rig.env }));
        const found = await ask();
        expect(found.run.outcome).toBe(outcome);
        expect(found.verdict).toMatchObject({
          status: 'not_available',
          reason_codes: [code],
          downstream_decision: 'hold',
          recommended_action: 'rerun',
          command: ['apply'],
        });
        expect(found.coverage.declared).toBe(30);
        expect(found.coverage.pending).toBeGreaterThan(0);
        expect(found.coverage.current + found.coverage.pending).toBe(30);
        expect(found.figures.upserted).toBeGreaterThanOrEqual(10);
        if (outcome === null) expect(found.indexes[0]).toMatchObject({ applied: null, live: null });
        await rig.converge();
        const id = found.run.run_id;
        const later = await rig.workspace.callJson<RunReport>(['report', id], { env: rig.env });
        expect(later).toEqual(found);
        expect(await ask()).toMatchObject({
          run: { outcome: 'applied', resumed: true },
          verdict: { status: 'success' },
          history: [{ run_id: id, outcome }, { outcome: 'applied' }],
        });
      } finally {
        await rig.stop();
      }
    },
  );
});
