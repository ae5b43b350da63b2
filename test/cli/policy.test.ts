/** An edited policy is a change like any other, and protection ends only when somebody says so. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { changesOf, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url, true);
  project.docs(2);
});
afterEach(() => project.dispose());

const policy = (text: string) => ({ more: [`policy: { ${text} }`] });

async function actions(...flags: string[]) {
  return (await project.plan(...flags)).indexes[0]?.index_actions;
}

async function mirrored(): Promise<unknown> {
  return (await project.collection()).metadata?.['ingest_protected'];
}

describe('an edit of the policy alone', () => {
  it('is shown with its fields, recorded and journalled by apply, and then no change any more', async () => {
    project.manifest();
    await project.settle();
    project.manifest(policy('deletes: { max_count: 5, max_ratio: 0.5 }'));
    const changes = [
      { field: 'deletes.max_count', from: 100, to: 5 },
      { field: 'deletes.max_ratio', from: 0.1, to: 0.5 },
    ];
    const plan = await project.plan();
    expect(plan.outcome).toBe('changes');
    expect(plan.indexes[0]?.index_actions).toEqual([{ action: 'policy', reasons: ['policy'], changes }]);
    expect(changesOf(plan)).toEqual([]);
    const text = await project.run(['plan', '--detailed-exitcode']);
    expect(text.code).toBe(2);
    expect(text.stdout.replace(/\s+/g, ' ')).toContain(
      'policy changes: deletes.max_count 100 -> 5, deletes.max_ratio 0.1 -> 0.5',
    );

    const report = await project.settle();
    expect(report).toMatchObject({ outcome: 'applied', upserted: 0, deleted: 0, embedded: 0 });
    const events = await project.journal('--run', String(report.run_id));
    expect(events.filter(({ type }) => type === 'POLICY_CHANGED').map(({ data }) => data)).toEqual([
      { changes },
    ]);
    expect((await project.call(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('needs approval, and a saved plan of it is stale once the policy was edited again', async () => {
    project.manifest();
    await project.settle();
    project.manifest(policy('deletes: { max_count: 5 }'));
    expect((await project.call(['apply'])).stderr).toContain('E603');
    await project.plan('--out', 'five.plan');
    project.manifest(policy('deletes: { max_count: 6 }'));
    expect(await project.apply('five.plan')).toMatchObject({ outcome: 'stale' });
    expect(await actions()).toMatchObject([{ changes: [{ field: 'deletes.max_count', from: 100, to: 6 }] }]);
  });
});

describe('prevent_destroy', () => {
  const off = { field: 'prevent_destroy', from: true, to: false };

  beforeEach(async () => {
    project.manifest(policy('prevent_destroy: true'));
    await project.settle();
    expect(await mirrored()).toBe('["docs"]');
  });

  it('stays in force in state and in Chroma when its block leaves the manifest', async () => {
    project.manifest();
    expect(await project.settle()).toMatchObject({ outcome: 'no_changes' });
    project.doc('more.md', '# More\n\nText that makes this apply write.\n');
    await project.settle();
    expect(await mirrored()).toBe('["docs"]');
    for (const i of [0, 1]) project.ws.remove(`docs/doc-00${i}.md`);
    project.doc('more.md', '');
    const flags = ['--allow-delete', '**', '--allow-empty', 'docs'];
    const plan = await project.plan(...flags);
    expect(plan.summary).toMatchObject({ delete: 0, withheld: 3 });
    expect(new Set(changesOf(plan).map((change) => change.guard?.rule))).toEqual(
      new Set(['prevent_destroy']),
    );
    const text = await project.call(['plan', ...flags]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('set policy.prevent_destroy: false');
    expect(await project.apply(...flags)).toMatchObject({ outcome: 'partial', deleted: 0, withheld: 3 });
  });

  it('ends by false, planned and applied; only the plan after that may empty the index', async () => {
    for (const i of [0, 1]) project.ws.remove(`docs/doc-00${i}.md`);
    project.manifest(policy('prevent_destroy: false'));
    const flags = ['--allow-empty', 'docs'];
    const plan = await project.plan(...flags);
    expect(plan.indexes[0]?.index_actions).toEqual([
      { action: 'protection', reasons: ['policy'], changes: [off] },
    ]);
    expect(plan.summary).toMatchObject({ delete: 0, withheld: 2 });
    expect((await project.call(['plan', ...flags])).stdout).toContain(
      'protection changes: prevent_destroy true -> false',
    );
    const first = await project.apply(...flags);
    expect(first).toMatchObject({ outcome: 'partial', deleted: 0 });
    const events = await project.journal('--run', String(first.run_id));
    expect(events.find(({ type }) => type === 'POLICY_CHANGED')?.data).toEqual({ changes: [off] });
    expect(await mirrored()).toBe('[]');
    expect(await project.settle(...flags)).toMatchObject({ deleted: 6, applied: { delete: 2 } });
  });

  it('is remembered by live alone, and mended there and in the state where the two differ', async () => {
    const collection = await project.collection();
    const { metadata } = collection;
    await collection.modify({ metadata: { ...metadata, ingest_protected: '[]' } });
    project.manifest();
    expect(await actions()).toEqual([{ action: 'protection', reasons: ['missing-in-index'] }]);
    await project.settle();
    expect(await mirrored()).toBe('["docs"]');

    project.manifest(policy('prevent_destroy: false'));
    await project.settle();
    // As an older backup of Chroma would have it.
    await collection.modify({ metadata: { ...metadata, ingest_protected: '["docs"]' } });
    project.manifest();
    expect(await actions()).toEqual([{ action: 'protection', reasons: ['not-recorded'] }]);
    await project.settle();
    expect(await mirrored()).toBe('["docs"]');
  });

  it('keeps the recorded collection from being left behind for another target', async () => {
    project.manifest({ ...policy('prevent_destroy: true'), collection: `${project.name}-b` });
    expect(await actions()).toEqual([{ action: 'replace', reasons: ['target'] }]);
    const refused = await project.run(['apply', '--auto-approve']);
    expect(refused.code).toBe(1);
    expect(refused.stderr.replace(/\s+/g, ' ')).toMatch(/E609 docs is protected .* would be abandoned/);
    await expect(project.collection(`${project.name}-b`)).rejects.toThrow();
  });
});
