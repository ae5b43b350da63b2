/** Back to the collection that a replacement left, on a real Chroma and through the command line. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { RollbackResult } from '../../src/domain/rollback.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { changesOf, expectValid, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(async () => {
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(3);
  await project.settle();
});
afterEach(() => project.dispose());

const OTHER_MODEL = { embedding: ['provider: lexical-hash', 'dimensions: 32'] };

async function rollback(...args: string[]): Promise<RollbackResult> {
  const result = await project.call(['rollback', '--json', ...args]);
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  const report = parseJson<RollbackResult>(result);
  expectValid('report', report);
  return report;
}

async function seen(): Promise<{ id: string; ids: string[]; dimension: number | undefined }> {
  const collection = await project.collection();
  const { ids, embeddings } = await collection.get({ include: ['embeddings'] });
  return { id: collection.id, ids: ids.sort(), dimension: embeddings[0]?.length };
}

it('shows, swaps, pins, and goes forward again', async () => {
  const before = await seen();
  project.manifest(OTHER_MODEL);
  project.ws.remove('docs/doc-002.md');
  await project.settle();
  const after = await seen();
  expect(after).toMatchObject({ dimension: 32 });
  const state = project.stateFiles();

  const looked = await project.call(['rollback', '--dry-run']);
  expect(looked.code).toBe(0);
  expect(looked.stdout).toContain('Now       generation 2; 2 documents; 6 chunks');
  expect(looked.stdout).toContain('Back to   generation 1; 3 documents; 9 chunks');
  expect(looked.stdout).toContain('docs: 2 -> 3; 1 found again');
  expect(looked.stdout).toContain('Rollback: generation 2 to 1. Nothing is embedded.');
  expect(project.stateFiles()).toEqual(state);
  const unasked = await project.run(['rollback']);
  expect(unasked.code).toBe(1);
  expect(unasked.stderr).toContain('E603');
  expect(await seen()).toEqual(after);

  expect(await rollback('--auto-approve')).toMatchObject({ outcome: 'applied', plan: { pins: true } });
  expect(await seen()).toEqual(before);
  const events = (await project.journal()).map(({ type }) => type);
  expect(events.slice(-4)).toEqual(['RUN_START', 'SWAP_BEGIN', 'SWAP_DONE', 'RUN_FINISH']);

  project.doc('later.md', '# Later\n\nSomething that was written during the pin.\n');
  const pinned = await project.call(['plan']);
  expect(pinned.code).toBe(0);
  expect(pinned.stdout).toContain('pinned by a rollback at generation 1: nothing is planned');
  expect(pinned.stdout).toContain('No changes: 3 documents, 9 chunks (no drift at counts');
  expect((await project.status()).indexes[0]).toMatchObject({
    pinned: { generation: 1 },
    resume_active: false,
  });
  expect((await project.drift('--verify', 'content')).indexes[0]).toMatchObject({
    status: 'ok',
    pinned: { generation: 1 },
  });
  expect(await project.apply()).toMatchObject({ outcome: 'no_changes', embedded: 0 });
  expect(await seen()).toEqual(before);

  expect(await rollback('--auto-approve', '--to', '2')).toMatchObject({
    outcome: 'applied',
    plan: { pins: false, to: { generation: 2 } },
  });
  expect(await seen()).toEqual(after);
  expect(await rollback('--auto-approve', '--to', '2')).toMatchObject({
    outcome: 'no_changes',
    run_id: null,
  });
  expect(await project.settle()).toMatchObject({ applied: { create: 1 } });
});

it('ends the pin when it is told to, or when the manifest goes back as well', async () => {
  project.manifest(OTHER_MODEL);
  await project.settle();
  await rollback('--auto-approve');
  expect(await rollback('--unpin')).toMatchObject({ outcome: 'unpinned' });
  const again = await project.plan();
  expect(again.indexes[0]?.index_actions).toEqual([{ action: 'replace', reasons: ['embedding'] }]);
  expect(again.summary.embed).toMatchObject({ compute: 0, cached: 9 });
  await project.settle();
  await rollback('--auto-approve');
  project.manifest();
  const unpinned = await project.plan();
  expect(unpinned.indexes[0]?.index_actions).toEqual([{ action: 'unpin', reasons: ['embedding'] }]);
  expect(changesOf(unpinned)).toEqual([]);
  await project.settle();
  expect((await seen()).dimension).toBe(64);
});

it('asks the checks afterwards, which hold nothing back: exit 5 when they fail, 0 when they cannot be asked', async () => {
  const checks = ['checks: { queries: [{ query: the one part of doc-000, uris: [docs/doc-001.md], k: 1 }] }'];
  project.manifest({ space: 'l2' });
  await project.settle();
  project.manifest({ space: 'l2', more: checks });
  const failed = await project.run(['rollback', '--auto-approve', '--json']);
  const report = parseJson<RollbackResult>(failed);
  expectValid('report', report);
  expect({ code: failed.code, outcome: report.outcome }).toEqual({ code: 5, outcome: 'applied' });
  expect(report.checks).toMatchObject([{ status: 'failed', collection: project.name, swap_blocked: false }]);
  const text = await project.call(['rollback', '--auto-approve']);
  expect(text.code).toBe(5);
  expect(text.stdout).toMatch(/Rolled back: searchers see generation 2.*\nChecks .*0 of 1 query found/);

  project.manifest({ space: 'l2', ...OTHER_MODEL });
  await project.settle();
  project.manifest({ space: 'l2', ...OTHER_MODEL, more: checks });
  expect((await rollback('--auto-approve')).checks).toMatchObject([
    { status: 'not_run', error: { code: 'E408' } },
  ]);
});

it('says what it cannot go back to', async () => {
  const nothing = await project.call(['rollback', '--auto-approve']);
  expect(nothing.code).toBe(1);
  expect(nothing.stderr).toContain('E611');
  project.manifest({ ...OTHER_MODEL, more: ['policy: { keep_previous: 0 }'] });
  await project.settle();
  const deleted = await project.call(['rollback', '--auto-approve']);
  expect(deleted.stderr).toContain('E611');
});
