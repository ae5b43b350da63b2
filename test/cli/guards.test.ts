/** Losses are held back until somebody who saw them in a plan lets them through. */
import { renameSync, symlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { article, changesOf, gist, Project } from '../support/project.js';

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

function removeDocs(from: number, to: number): void {
  for (let i = from; i < to; i++) project.ws.remove(`docs/doc-${String(i).padStart(3, '0')}.md`);
}

describe('deleting 30% of 60 files', () => {
  beforeEach(async () => {
    project.manifest();
    project.docs(60);
    await project.settle();
    removeDocs(0, 18);
  });

  it('is withheld with the reason; plan is no change, apply is partial, and the records stay', async () => {
    const plan = await project.plan('--detailed-exitcode');
    expect(plan.outcome).toBe('no_changes');
    expect(plan.summary.withheld).toBe(18);
    expect(changesOf(plan).every((change) => change.action === 'withheld')).toBe(true);
    expect(changesOf(plan)[0]?.guard).toMatchObject({
      rule: 'max_ratio',
      allowed_by: null,
      message: expect.stringMatching(/18 of 60 documents of docs \(30%\), limit 10%/),
    });
    expect(plan.indexes[0]?.coverage).toMatchObject({ declared: 60, current: 42, old_kept: 18 });

    const text = await project.run(['plan']);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/18 .*WITHHELD/i);
    expect(text.stdout).toContain('30%');
    expect(text.stdout).toContain('--allow-delete');

    const applied = await project.run(['apply']);
    expect(applied.code).toBe(5);
    expect(applied.stdout).toContain('18');
    const report = await project.apply();
    expect(report).toMatchObject({ outcome: 'partial', withheld: 18, deleted: 0, upserted: 0 });
    expect(await (await project.collection()).count()).toBe(180);
  });

  it('goes through exactly as far as --allow-delete named it at planning', async () => {
    const plan = await project.plan('--allow-delete', 'docs/doc-00*.md', '--out', 'some.plan');
    // Ten are approved; the other eight are 13% of the documents, still above the limit.
    expect(plan.summary).toMatchObject({ delete: 10, withheld: 8 });
    const deletes = changesOf(plan).filter((change) => change.action === 'delete');
    expect(deletes.map((change) => change.guard?.allowed_by)).toEqual(Array(10).fill('docs/doc-00*.md'));

    const report = await project.apply('some.plan');
    expect(report).toMatchObject({ outcome: 'partial', withheld: 8, deleted: 30, applied: { delete: 10 } });
    const left = await (await project.collection()).get({ include: ['metadatas'] });
    const uris = new Set(left.metadatas.map((metadata) => metadata?.['ingest_uri']));
    expect(uris.size).toBe(50);
    expect([...uris].some((uri) => String(uri).startsWith('docs/doc-00'))).toBe(false);
  });

  it('a saved plan without it does not, and what it withheld stays withheld', async () => {
    await project.plan('--out', 'held.plan');
    const report = await project.apply('held.plan');
    expect(report).toMatchObject({ outcome: 'partial', withheld: 18, applied: { delete: 0 } });
    expect(await (await project.collection()).count()).toBe(180);
    const beside = await project.call(['apply', 'held.plan', '--allow-delete', '**']);
    expect(beside.code).toBe(1);
    expect(beside.stderr).toContain('--allow-delete');
    expect(await (await project.collection()).count()).toBe(180);
  });
});

describe('a source that yields less than it should', () => {
  beforeEach(async () => {
    project.manifest({ sources: { docs: ['root: ../docs'], other: ['root: ../other'] } });
    for (let i = 0; i < 4; i++) {
      project.doc(`a/doc-${i}.md`, article(`doc-${i}`));
      project.ws.write(`other/doc-${i}.md`, article(`other-${i}`));
    }
    await project.settle();
  });

  it('deletes nothing when it is emptied, not even with --allow-delete; --allow-empty lifts it', async () => {
    project.ws.remove('docs/a');
    for (const flags of [[], ['--allow-delete', '**']]) {
      const plan = await project.plan(...flags);
      expect(plan.summary).toMatchObject({ delete: 0, withheld: 4 });
      expect(changesOf(plan)[0]?.guard).toMatchObject({
        rule: 'empty-source',
        message: 'docs had 4 documents and now yields none',
      });
    }
    expect(await project.apply('--allow-delete', '**')).toMatchObject({ outcome: 'partial', deleted: 0 });
    expect((await project.call(['plan'])).stdout).toContain('--allow-empty docs');
    expect(await project.settle('--allow-empty', 'docs')).toMatchObject({
      deleted: 12,
      applied: { delete: 4 },
    });
    expect(await (await project.collection()).count()).toBe(12);
  });

  it('deletes nothing when its root is missing: plan and apply stop and name the place', async () => {
    renameSync(project.ws.path('docs'), project.ws.path('elsewhere'));
    for (const args of [
      ['plan'],
      ['apply', '--auto-approve', '--allow-delete', '**', '--allow-empty', 'docs'],
    ]) {
      const result = await project.call(args);
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/desired\/docs\.yaml:\d+:\d+: E112 the root \.\.\/docs does not exist/);
      expect(result.stdout).not.toContain('No changes');
    }
    expect(await (await project.collection()).count()).toBe(24);
  });

  it('deletes nothing while a part cannot be listed, and says so; no flag lifts that', async () => {
    // A link to itself cannot be looked at by anybody, also not by root.
    renameSync(project.ws.path('docs'), project.ws.path('elsewhere'));
    symlinkSync('docs', project.ws.path('docs'));
    const flags = ['--allow-delete', '**', '--allow-empty', 'docs'];
    const plan = await project.plan(...flags);
    expect(plan.summary).toMatchObject({ delete: 0, withheld: 4 });
    expect(changesOf(plan)[0]?.guard?.rule).toBe('incomplete-listing');
    expect(plan.indexes[0]?.sources).toEqual([
      expect.objectContaining({ source_id: 'docs', complete: false }),
      expect.objectContaining({ source_id: 'other', complete: true }),
    ]);
    const text = await project.call(['plan']);
    expect(text.stdout).toContain('incomplete');
    const report = await project.apply(...flags);
    expect(report.outcome).toBe('partial');
    expect(await (await project.collection()).count()).toBe(24);
  });

  it('deletes nothing beside an unreadable entry, and still adds and changes what can be read', async () => {
    project.ws.remove('docs/a/doc-0.md');
    symlinkSync('nowhere.md', project.ws.path('docs/a/broken.md'));
    project.doc('a/new.md', article('new'));
    const plan = await project.plan('--allow-delete', '**');
    expect(gist(plan)).toEqual(['withheld docs/a/doc-0.md gone', 'create docs/a/new.md new']);
    expect(plan.indexes[0]?.coverage).toMatchObject({ failed: 1, old_kept: 1 });
    await project.apply('--allow-delete', '**');
    expect(await (await project.collection()).count()).toBe(27);
  });
});

describe('what is a loss and what is not', () => {
  it('a folder of 200 files renamed is 200 moves: nothing is embedded, nothing withheld', async () => {
    project.manifest();
    for (let i = 0; i < 200; i++) project.doc(`guide/page-${i}.md`, `# Page ${i}\n\nText of page ${i}.\n`);
    project.doc('stays.md', article('stays'));
    await project.settle();
    renameSync(project.ws.path('docs/guide'), project.ws.path('docs/handbook'));
    const plan = await project.plan();
    expect(plan.summary).toMatchObject({ move: 200, create: 0, delete: 0, withheld: 0, unchanged: 1 });
    expect(plan.summary.embed.compute).toBe(0);
    const report = await project.settle();
    expect(report).toMatchObject({ embedded: 0, withheld: 0, applied: { move: 200 }, outcome: 'applied' });
    expect(await (await project.collection()).count()).toBe(203);
  });

  it('a file truncated to nothing is a loss', async () => {
    project.manifest();
    project.docs(5);
    await project.settle();
    for (const i of [0, 1, 2]) project.doc(`doc-00${i}.md`, i === 0 ? '' : '\n  \n');
    const plan = await project.plan();
    expect(plan.summary).toMatchObject({ withheld: 3, delete: 0 });
    expect(plan.indexes[0]?.coverage).toMatchObject({ declared: 5, current: 2, old_kept: 3, skipped: 0 });
    expect(await project.apply()).toMatchObject({ outcome: 'partial', deleted: 0 });
    const report = await project.settle('--allow-delete', '**');
    expect(report).toMatchObject({ deleted: 9 });
    expect((await project.plan()).indexes[0]?.coverage).toMatchObject({ current: 2, skipped: 3 });
  });

  it('a narrowed include is "excluded", a removed source "source-removed", and both face the thresholds', async () => {
    const sources = { docs: ['root: ../docs'], other: ['root: ../other'] };
    project.manifest({ sources });
    project.docs(5);
    for (let i = 0; i < 5; i++) project.ws.write(`other/x-${i}.md`, article(`x-${i}`));
    await project.settle();
    project.manifest({ sources: { docs: ['root: ../docs', 'include: ["doc-000.md"]'] } });
    const plan = await project.plan();
    expect(gist(plan)).toEqual([
      ...[1, 2, 3, 4].map((i) => `withheld docs/doc-00${i}.md excluded`),
      ...[0, 1, 2, 3, 4].map((i) => `withheld other/x-${i}.md source-removed`),
    ]);
    const report = await project.settle('--allow-delete', 'docs/**', '--allow-delete', 'other/**');
    expect(report).toMatchObject({ applied: { delete: 9 }, deleted: 27 });
    expect(await (await project.collection()).count()).toBe(3);
  });

  it('a changed source id is a set of moves', async () => {
    project.manifest();
    project.docs(5);
    await project.settle();
    project.manifest({ sources: { handbook: ['root: ../docs'] } });
    const plan = await project.plan();
    expect(plan.summary).toMatchObject({ move: 5, create: 0, delete: 0, withheld: 0 });
    expect(await project.settle()).toMatchObject({ embedded: 0, applied: { move: 5 } });
  });

  it('a plan of losses below the thresholds is a change and deletes them', async () => {
    project.manifest();
    project.docs(5);
    await project.settle();
    removeDocs(0, 2);
    expect((await project.plan()).summary).toMatchObject({ delete: 2, withheld: 0 });
    expect(await project.settle()).toMatchObject({ deleted: 6 });
  });
});
