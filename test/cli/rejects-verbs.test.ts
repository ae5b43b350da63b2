/** `ingest rejects`: what the gate keeps out is listed, explained, and judged again after a repair. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RejectReport } from '../../src/domain/rejects.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyResult, parseJson } from '../support/ingest-cli.js';
import { article, changesOf, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.ws.write('contracts/document.json', contract({ properties: { owner: { type: 'string' } } }));
});
afterEach(() => project.dispose());

const contract = (more: object): string => JSON.stringify({ type: 'object', required: ['owner'], ...more });
const SOURCES = {
  docs: ['root: ../docs', 'contract: ../contracts/document.json'],
  tickets: ['type: jsonl', 'path: ../tickets.jsonl', 'key: id', 'text: [text]'],
};
const written = (fields: string, topic: string): string => `---\n${fields}\n---\n${article(topic)}`;

interface Listed {
  readonly total: number;
  readonly by_code: readonly unknown[];
  readonly rejects: readonly { readonly uri: string; readonly since: string }[];
}

async function refuseSome(): Promise<void> {
  project.manifest({
    sources: SOURCES,
    more: ['policy: { gate: { checksum_field: sum, missing_checksum: accept } }'],
  });
  project.doc('fine.md', written('owner: ana', 'fine'));
  project.doc('nobody.md', article('nobody'));
  project.doc('pii.md', written('owner: ana\npii_scan_status: not_run', 'pii'));
  project.doc('sum.md', written(`owner: ana\nsum: ${'ab'.repeat(32)}`, 'sum'));
  project.ws.write(
    'tickets.jsonl',
    '{"id": "T-1", "text": "A ticket about the refund of an order."}\n{"id": "T-2", \n',
  );
  expect((await project.apply()).rejected).toBe(4);
}

const list = async (...args: string[]): Promise<Listed> =>
  parseJson<Listed>(await project.call(['rejects', '--json', ...args]));

it('lists what is refused, counted by reason, with where it stands and since when', async () => {
  await refuseSome();
  const all = await list();
  expect(all.total).toBe(4);
  expect(all.by_code).toEqual([
    { verdict: 'quarantine', code: 'pii-gap', documents: 1 },
    { verdict: 'reject', code: 'checksum-mismatch', documents: 1 },
    { verdict: 'reject', code: 'contract', documents: 1 },
    { verdict: 'reject', code: 'malformed', documents: 1 },
  ]);
  expect(all.rejects).toMatchObject([
    { uri: 'docs/nobody.md', verdict: 'reject', codes: ['contract', 'missing-metadata'] },
    { uri: 'docs/pii.md', verdict: 'quarantine', reason: 'pii_scan_status is not_run' },
    { uri: 'docs/sum.md', code: 'checksum-mismatch' },
    { uri: expect.stringMatching(/^tickets\/!malformed\//), location: 'tickets.jsonl:2' },
  ]);
  for (const row of all.rejects) expect(Date.parse(row.since)).not.toBeNaN();

  const uris = async (...args: string[]) => (await list(...args)).rejects.map(({ uri }) => uri);
  expect(await uris('--verdict', 'quarantine')).toEqual(['docs/pii.md']);
  expect(await uris('--code', 'missing-metadata')).toEqual(['docs/nobody.md']);
  expect(await uris('--source', 'tickets')).toHaveLength(1);
  expect(await uris('--manifest', 'docs', '--uri', 'docs/s*')).toEqual(['docs/sum.md']);
  expect((await project.call(['rejects', '--manifest', 'none'])).code).toBe(1);

  const text = (await project.call(['rejects'])).stdout;
  expect(text).toMatch(/1 {2}quarantine {2}pii-gap/);
  expect(text).toMatch(/at tickets\.jsonl:2/);
  expect(text).toContain('4 documents refused in test.');
  expect(text).toMatch(/Next\s+ingest rejects show --env test docs\/nobody\.md/);
});

it('shows why one is refused, what the gate says of it now, and what to do', async () => {
  await refuseSome();
  const show = async (uri: string): Promise<RejectReport> =>
    parseJson<RejectReport>(await project.call(['rejects', 'show', uri, '--json']));
  const before = await show('docs/nobody.md');
  expect(before).toMatchObject({
    reject: { codes: ['contract', 'missing-metadata'], verdict: 'reject' },
    kept: null,
    now: { listed: 'yes', gate: 'reject' },
    next: null,
  });
  expect(before.gate_recipe).toBe(before.reject.gate_recipe);
  expect(before.reject.first_run).toBe(before.reject.run_id);

  project.doc('nobody.md', written('owner: ana', 'nobody'));
  expect(await show('docs/nobody.md')).toMatchObject({
    now: { gate: 'accept' },
    next: ['rejects', 'retry', 'docs/nobody.md'],
  });
  project.ws.write('contracts/document.json', contract({ properties: { owner: { minLength: 1 } } }));
  const after = await show('docs/sum.md');
  expect(after.gate_recipe).not.toBe(after.reject.gate_recipe);
  project.ws.remove('docs/pii.md');
  const text = (await project.call(['rejects', 'show', 'docs/pii.md'])).stdout;
  expect(text).toMatch(/Now\s+the source says: not there/);
  expect(text).toMatch(/the next apply forgets it/);
  const unknown = await project.run(['rejects', 'show', 'docs/fine.md']);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('E506') });
});

it('retry indexes what passes now and nothing else; again it does nothing', async () => {
  await refuseSome();
  project.doc('nobody.md', written('owner: ana', 'nobody'));
  project.doc('fine.md', written('owner: bob', 'fine and changed'));
  project.doc('new.md', written('owner: ana', 'new'));
  const run = await project.run(['rejects', 'retry', '--auto-approve']);
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/judges 3 refused documents again, and nothing else/);
  expect(run.stdout).toMatch(/Left out\s+1 without a key/);
  expect(run.stdout).toMatch(/\+ docs\/nobody\.md/);
  expect(run.stdout).not.toMatch(/docs\/(?:fine|new)\.md/);
  expect((await list()).rejects.map(({ uri }) => uri)).not.toContain('docs/nobody.md');
  expect((await list()).total).toBe(3);

  const again = applyResult<{ outcome: string }>(
    await project.call(['rejects', 'retry', '--auto-approve', '--json']),
  );
  expect(again).toMatchObject({ outcome: 'no_changes', rejected: 0 });
  expect(changesOf(await project.plan()).map(({ action, uri }) => `${action} ${uri}`)).toEqual([
    'update docs/fine.md',
    'create docs/new.md',
  ]);
});

it('retry of a glob leaves the others, and asks before it writes', async () => {
  await refuseSome();
  project.doc('nobody.md', written('owner: ana', 'nobody'));
  project.doc('sum.md', written('owner: ana', 'sum'));
  expect((await project.call(['rejects', 'retry', 'docs/s*'])).stderr).toContain('E603');
  expect((await project.call(['rejects', 'retry', 'docs/s*', '--auto-approve'])).code).toBe(0);
  expect((await list()).rejects.map(({ uri }) => uri)).toContain('docs/nobody.md');
  expect((await list('--uri', 'docs/sum.md')).total).toBe(0);
  const nothing = await project.call(['rejects', 'retry', 'other/**', '--auto-approve']);
  expect(nothing).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to retry') });
});
