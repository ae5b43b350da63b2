/** Losses of every cause face the same guards, at the border and one beyond it. */
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest, PolicySpec } from '../../../src/domain/manifest.js';
import type { PlanOptions } from '../../../src/domain/plan.js';
import type { FilesSource } from '../../../src/domain/source-spec.js';
import { COLLECTION, type Planned, Workspace } from '../../support/memory-workspace.js';

const POLICY: PolicySpec = {
  deletes: { max_count: 3, max_ratio: 0.3 },
  on_reject: 'keep',
  prevent_destroy: undefined,
  keep_previous: 1,
};
const COUNT = 10;

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace({ manifest: { policy: POLICY } });
  for (let i = 0; i < COUNT; i++) workspace.write(name(i), text(i));
  await workspace.applied();
});
afterEach(() => workspace.dispose());

const name = (i: number): string => `part/doc-${i}.md`;
const text = (i: number): string =>
  `---\ntopic: t${i}\n---\n# Document ${i}\n\nWords of document ${i}, and no others.\n`;

function edit(change: (manifest: Manifest) => Partial<Manifest>): void {
  const [manifest] = workspace.manifests;
  if (manifest === undefined) throw new Error('no manifest');
  workspace.manifests[0] = { ...manifest, ...change(manifest) };
}

function source(change: Partial<FilesSource>): void {
  edit(({ sources }) => ({ sources: sources.map((one) => ({ ...(one as FilesSource), ...change })) }));
}

/** A contract that documents from `from` on break. */
function refuse(count: number, on_reject: PolicySpec['on_reject']): void {
  const contract = join(workspace.root, 'contract.json');
  const refused = Array.from({ length: count }, (_, i) => `t${i}`);
  writeFileSync(
    contract,
    JSON.stringify({ type: 'object', properties: { topic: { not: { enum: refused } } } }),
  );
  source({ contract });
  edit(({ policy }) => ({ policy: { ...policy, on_reject } }));
}

function outside(...names: string[]): string {
  const folder = join(workspace.root, 'outside');
  mkdirSync(folder, { recursive: true });
  for (const file of names) writeFileSync(join(folder, file), `# Other\n\nWords of ${file}.\n`);
  return folder;
}

/** By record; a changed gate relabels what it did not refuse. */
const textsOf = (): unknown =>
  [...workspace.chroma.records(COLLECTION)].map(([id, record]) => [id, record.text]).sort();

const rulesOf = (plan: Planned): Record<string, number> => {
  const rules: Record<string, number> = {};
  for (const { action, guard } of plan.changes) {
    if (action !== 'withheld' && action !== 'delete') continue;
    const rule = action === 'delete' ? 'deleted' : (guard?.rule ?? 'none');
    rules[rule] = (rules[rule] ?? 0) + 1;
  }
  return rules;
};

/** Ways to lose the first `count` documents, and the reason that the plan gives. */
const CAUSES: Readonly<Record<string, readonly [(count: number) => void, string]>> = {
  'deleted files': [
    (count) => {
      for (let i = 0; i < count; i++) workspace.remove(name(i));
    },
    'gone',
  ],
  'excluded files': [
    (count) => source({ exclude: Array.from({ length: count }, (_, i) => name(i)) }),
    'excluded',
  ],
  'a narrowed include': [
    (count) => source({ include: Array.from({ length: COUNT - count }, (_, i) => name(count + i)) }),
    'excluded',
  ],
  'emptied files': [
    (count) => {
      for (let i = 0; i < count; i++) workspace.write(name(i), i % 2 === 0 ? '' : '\n \n');
    },
    'emptied',
  ],
  'on_reject: delete': [(count) => refuse(count, 'delete'), 'contract'],
  'a type without a parser': [
    (count) => {
      for (let i = 0; i < count; i++) workspace.move(name(i), `${name(i)}.bin`);
    },
    'gone',
  ],
};

describe.each(Object.entries(CAUSES))('losses by %s', (_cause, [lose, reason]) => {
  it('go when they are exactly at the threshold', async () => {
    lose(3);
    const plan = await workspace.plan();
    expect(rulesOf(plan)).toEqual({ deleted: 3 });
    const lost = plan.changes.filter((change) => change.action === 'delete');
    expect(new Set(lost.flatMap((change) => change.reasons))).toEqual(new Set([reason]));
    expect(await workspace.applied()).toMatchObject({ applied: { delete: 3 }, withheld: 0 });
    expect((await workspace.plan({ verify: 'content' })).changes).toEqual([]);
  });

  it('are withheld, all of them, when they are one more; a glob lifts it, and nothing was lost before', async () => {
    lose(4);
    const before = textsOf();
    const plan = await workspace.plan();
    expect(rulesOf(plan)).toEqual({ max_count: 4 });
    expect(plan.index.coverage.old_kept).toBe(4);
    expect(plan.header.summary).toMatchObject({ delete: 0, withheld: 4 });
    expect(await workspace.applied()).toMatchObject({ outcome: 'partial', withheld: 4, deleted: 0 });
    expect(textsOf()).toEqual(before);
    expect(rulesOf(await workspace.plan({ allow_delete: ['h/part/doc-0.md'] }))).toEqual({ deleted: 4 });
    const result = await workspace.applied({ allow_delete: ['h/part/**'] });
    expect(result).toMatchObject({ applied: { delete: 4 }, withheld: 0 });
  });

  it('never go beside an incomplete listing, whatever is allowed; updates go ahead', async () => {
    lose(1);
    workspace.write(name(8), text(8).replace('Words', 'Other words'));
    workspace.remove(name(9));
    symlinkSync('nowhere.md', join(workspace.docs, name(9)));
    const options: Partial<PlanOptions> = { allow_delete: ['**'], allow_empty: ['h'] };
    const plan = await workspace.plan(options);
    expect(rulesOf(plan)).toEqual({ 'incomplete-listing': 1 });
    expect(plan.changes).toContainEqual(expect.objectContaining({ action: 'update', uri: `h/${name(8)}` }));
    expect(await workspace.applied(options)).toMatchObject({ outcome: 'failed', withheld: 1, deleted: 1 });
    // One obsolete chunk of what was updated; every document is still there.
    expect(workspace.chroma.records(COLLECTION).size).toBe(COUNT);
  });
});

describe('the ratio', () => {
  it('speaks from three losses on: two of three may go, three of three may not', async () => {
    edit(() => ({ policy: { ...POLICY, deletes: { max_count: 100, max_ratio: 0.1 } } }));
    await workspace.applied();
    for (const i of [0, 1]) workspace.remove(name(i));
    expect(rulesOf(await workspace.plan())).toEqual({ deleted: 2 });
    workspace.remove(name(2));
    expect(rulesOf(await workspace.plan())).toEqual({ max_ratio: 3 });
  });
});

describe('a whole source', () => {
  it('that is elsewhere now is a loss of all, under the thresholds; a new id alone is a set of moves', async () => {
    source({ root: outside('x.md', 'y.md') });
    const plan = await workspace.plan();
    expect(rulesOf(plan)).toEqual({ max_count: COUNT });
    expect(plan.header.summary.create).toBe(2);
    source({ root: workspace.docs, id: 'renamed' });
    expect((await workspace.plan()).header.summary).toMatchObject({ move: COUNT, delete: 0, withheld: 0 });
  });

  it('whose mount is empty keeps everything; --allow-delete does not lift that, --allow-empty does', async () => {
    source({ root: outside() });
    expect(rulesOf(await workspace.plan())).toEqual({ 'empty-source': COUNT });
    const options = { allow_delete: ['**'] };
    expect(rulesOf(await workspace.plan(options))).toEqual({ 'empty-source': COUNT });
    expect(await workspace.applied(options)).toMatchObject({ outcome: 'partial', deleted: 0 });
    expect(rulesOf(await workspace.plan({ allow_empty: ['other'] }))).toEqual({ 'empty-source': COUNT });
    expect(rulesOf(await workspace.plan({ allow_empty: ['h'] }))).toEqual({ deleted: COUNT });
  });

  it('whose files are all emptied is empty', async () => {
    for (let i = 0; i < COUNT; i++) workspace.write(name(i), '');
    expect(rulesOf(await workspace.plan({ allow_delete: ['**'] }))).toEqual({ 'empty-source': COUNT });
  });

  it('whose root is gone stops the plan, or holds everything back: never an empty source', async () => {
    renameSync(workspace.docs, join(workspace.root, 'away'));
    const plan = await workspace.plan({ allow_delete: ['**'], allow_empty: ['h'] });
    expect(rulesOf(plan)).toEqual({ 'incomplete-listing': COUNT });
    expect(plan.index.sources).toMatchObject([{ complete: false }]);
  });

  it('that left the manifest faces the thresholds, whatever the other sources do', async () => {
    const root = outside('x.md');
    edit(({ sources }) => {
      const [first] = sources;
      return first === undefined ? {} : { sources: [{ ...first, id: 'other', root }] };
    });
    expect(rulesOf(await workspace.plan())).toEqual({ max_count: COUNT });
    const plan = await workspace.plan({ allow_delete: ['h/**'] });
    expect(rulesOf(plan)).toEqual({ deleted: COUNT });
    expect(plan.changes.find((change) => change.action === 'delete')?.guard).toMatchObject({
      rule: 'max_count',
      allowed_by: 'h/**',
    });
  });

  it('of a protected index keeps its last documents, also when its sources were swapped for new ones', async () => {
    edit(({ policy }) => ({ policy: { ...policy, prevent_destroy: true } }));
    await workspace.applied();
    edit(() => ({ policy: POLICY }));
    source({ root: outside('x.md'), id: 'other' });
    const options = { allow_delete: ['h/**'] };
    const plan = await workspace.plan(options);
    expect(rulesOf(plan)).toEqual({ prevent_destroy: COUNT });
    expect(await workspace.applied(options)).toMatchObject({
      applied: { create: 1 },
      deleted: 0,
      withheld: COUNT,
    });
    // Now that the new one is recorded, the old ones are not the last.
    expect(rulesOf(await workspace.plan(options))).toEqual({ deleted: COUNT });
  });
});

describe('documents that live has and nothing explains, as after an old backup of the state', () => {
  const late = (i: number): string => `late/doc-${i}.md`;
  const known = (): Set<unknown> =>
    new Set([...workspace.chroma.records(COLLECTION).values()].map((r) => r.metadata['ingest_uri']));

  /** Applied, then gone with their files; the state is from before them. */
  async function forgotten(count: number): Promise<void> {
    const backup = join(workspace.root, 'backup');
    cpSync(workspace.stateDir, backup, { recursive: true });
    for (let i = 0; i < count; i++) workspace.write(late(i), text(100 + i));
    await workspace.applied();
    for (let i = 0; i < count; i++) workspace.remove(late(i));
    rmSync(workspace.stateDir, { recursive: true });
    cpSync(backup, workspace.stateDir, { recursive: true });
  }

  it('are deleted when they are few', async () => {
    await forgotten(3);
    expect((await workspace.plan()).changes.map(({ action }) => action)).toEqual(Array(3).fill('repair'));
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', strict_sync: { ok: true } });
    expect(known().size).toBe(COUNT);
  });

  it('are withheld when they are many; a glob lifts it, and searchers find them until then', async () => {
    await forgotten(4);
    const plan = await workspace.plan();
    expect(rulesOf(plan)).toEqual({ max_count: 4 });
    expect(plan.changes.every(({ reasons }) => reasons.includes('orphan-in-index'))).toBe(true);
    expect(plan.header.outcome).toBe('no_changes');
    const { declared, ...classes } = plan.index.coverage;
    expect(declared).toBe(COUNT);
    expect(Object.values(classes).reduce((sum, n) => sum + n, 0)).toBe(declared);

    workspace.write(name(0), `${text(0)}\nAnd more of it, in a paragraph that is new.\n`);
    for (const verify of ['counts', 'content'] as const) {
      workspace.write(name(1), `${text(1)}\nEdited for a look at ${verify}.\n`);
      expect(await workspace.applied({ verify })).toMatchObject({
        outcome: 'partial',
        reason: 'losses_withheld',
        withheld: 4,
        strict_sync: { ok: true, delta: 0 },
      });
      expect(known().size).toBe(COUNT + 4);
    }
    const allowed = { allow_delete: ['h/late/**'], verify: 'ids' } as const;
    expect(await workspace.applied(allowed)).toMatchObject({ outcome: 'applied', withheld: 0 });
    expect(known().size).toBe(COUNT);
    expect((await workspace.plan({ verify: 'content' })).changes).toEqual([]);
  });

  it('are all withheld beside an incomplete listing, as what was not seen is not gone', async () => {
    await forgotten(1);
    symlinkSync(join(workspace.docs, 'nowhere'), join(workspace.docs, 'broken.md'));
    const plan = await workspace.plan();
    expect(plan.index.sources[0]?.complete).toBe(false);
    expect(rulesOf(plan)).toEqual({ 'incomplete-listing': 1 });
  });
});
