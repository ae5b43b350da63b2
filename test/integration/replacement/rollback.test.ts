/** Back to a collection that was replaced: one swap, from any point at which it was stopped, and then a pin. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { previousName, stagingName } from '../../../src/domain/collection-names.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import { gatherRunReport } from '../../../src/plan/inspect/gather-run-report.js';
import { COLLECTION, Fate, manifestOf, Workspace } from '../../support/memory-workspace.js';

vi.setConfig({ testTimeout: 300_000 });

let workspace: Workspace;
/** What searchers saw before the replacement, and after it. */
let first: unknown[];
let second: unknown[];

beforeEach(async () => {
  workspace = await replacedOnce();
});
afterEach(() => workspace.dispose());

async function replacedOnce(): Promise<Workspace> {
  const made = new Workspace();
  for (const name of ['a', 'b']) made.write(`${name}.md`, text(name, 3));
  await made.applied();
  first = made.contents();
  model(made, 32);
  made.write('a.md', text('a', 4));
  made.write('new.md', text('new', 2));
  expect(await made.applied()).toMatchObject({ outcome: 'applied' });
  second = made.contents();
  return made;
}

function text(name: string, chapters: number): string {
  const chapter = (i: number): string =>
    `# ${name} ${i}\n\nWhat chapter ${i} of ${name} says, at some length, so that it stands alone.\n`;
  return Array.from({ length: chapters }, (_, i) => chapter(i)).join('\n');
}

function edit(on: Workspace, change: (manifest: Manifest) => Manifest): void {
  on.manifests.splice(
    0,
    on.manifests.length,
    ...on.manifests.map((one) => ({ ...change(one), sha256: 'edited' })),
  );
}

function model(on: Workspace, dimensions: number): void {
  edit(on, (manifest) => ({
    ...manifest,
    embedding: { ...manifest.embedding, dimensions } as Manifest['embedding'],
  }));
}

const pinnedAt = async (): Promise<number | undefined> => (await workspace.plan()).index.pinned?.generation;

describe('a rollback', () => {
  it('says what it would do and changes nothing when it is only looked at', async () => {
    const before = [workspace.rows(['collections', 'indexes', 'runs']), workspace.chroma.writes.length];
    const { outcome, plan, run_id } = await workspace.rollback({ dryRun: true });
    expect({ outcome, run_id }).toEqual({ outcome: 'planned', run_id: null });
    expect(plan).toMatchObject({
      action: 'rollback',
      from: { generation: 2, documents: 3 },
      to: { generation: 1, documents: 2, chunks: 6 },
      indexes: [{ manifest_id: 'docs', documents_now: 3, documents_then: 2, older: 1, absent: 1, back: 0 }],
      pins: true,
      kept: [2],
    });
    expect(plan?.replaced_by).toBe(workspace.state((state) => state.index('docs')?.last_run));
    expect(plan?.replaced_at).toMatch(/^\d{4}-/);
    expect([workspace.rows(['collections', 'indexes', 'runs']), workspace.chroma.writes.length]).toEqual(
      before,
    );
  });

  it('brings back what was there, with what is recorded of it, and writes no record', async () => {
    const records = workspace.chroma.writes.filter(({ kind }) => kind === 'put').length;
    expect(await workspace.rollback()).toMatchObject({ outcome: 'applied' });
    expect(workspace.contents()).toEqual(first);
    expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 2)]);
    expect(workspace.chroma.contents(previousName(COLLECTION, 2))).toEqual(second);
    expect(workspace.chroma.writes.filter(({ kind }) => kind === 'put')).toHaveLength(records);
    const { index, header } = await workspace.plan({ verify: 'content' });
    expect(index.recorded).toEqual({ documents: 2, chunks: 6 });
    expect(index.live).toMatchObject({ status: 'ok', missing: 0, orphan: 0, tampered: 0 });
    expect(header.outcome).toBe('no_changes');
  });

  it('twice is forward again, without a pin, and the next apply goes on from there', async () => {
    await workspace.rollback();
    expect(await workspace.rollback()).toMatchObject({ outcome: 'applied', plan: { pins: false } });
    expect(workspace.contents()).toEqual(second);
    expect(await pinnedAt()).toBeUndefined();
    workspace.write('b.md', text('b', 4));
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', upserted: 1 });
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });

  it('goes to the generation that is named, or says which there are', async () => {
    edit(workspace, (one) => ({ ...one, policy: { ...one.policy, keep_previous: 2 } }));
    model(workspace, 16);
    await workspace.applied();
    await expect(workspace.rollback({ generation: 7 })).rejects.toMatchObject({
      code: 'E611',
      advice: expect.stringContaining('2, 1'),
    });
    expect(await workspace.rollback({ generation: 1 })).toMatchObject({ outcome: 'applied' });
    expect(workspace.contents()).toEqual(first);
    expect(await workspace.rollback({ generation: 1 })).toMatchObject({
      outcome: 'no_changes',
      run_id: null,
    });
    expect(await workspace.rollback()).toMatchObject({ outcome: 'applied', plan: { to: { generation: 3 } } });
  });

  it('is refused when nothing is kept, when it is gone, and when it lost records', async () => {
    workspace.chroma.records(previousName(COLLECTION, 1)).delete(idOf(first[0]));
    await expect(workspace.rollback()).rejects.toMatchObject({
      code: 'E611',
      message: /1 records are missing/,
    });
    workspace.chroma.drop(previousName(COLLECTION, 1));
    await expect(workspace.rollback()).rejects.toMatchObject({ code: 'E611', message: /not in Chroma/ });
    expect(workspace.contents()).toEqual(second);
    const empty = new Workspace();
    empty.write('a.md', text('a', 1));
    await empty.applied();
    await expect(empty.rollback()).rejects.toMatchObject({ code: 'E611' });
    empty.dispose();
  });

  it('takes away what was begun to replace the live one', async () => {
    model(workspace, 16);
    await workspace.killed(10);
    expect(workspace.chroma.names()).toContain(stagingName(COLLECTION));
    expect(await workspace.rollback()).toMatchObject({
      outcome: 'applied',
      plan: { discards: stagingName(COLLECTION) },
    });
    expect(workspace.contents()).toEqual(first);
    expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 2)]);
  });

  it('finishes a swap of an apply that was stopped in the middle, and does nothing else', async () => {
    model(workspace, 16);
    await killedBetweenRenames((fate) => workspace.apply({}, fate));
    expect(await workspace.rollback()).toMatchObject({ outcome: 'applied', plan: { action: 'finish' } });
    expect(workspace.chroma.names()).toContain(previousName(COLLECTION, 2));
    expect(workspace.contents()).toHaveLength(second.length);
    expect(await workspace.applied()).toMatchObject({ embedded: 0, upserted: 0 });
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });
});

describe('the report of it', () => {
  const verdict = (run?: string) =>
    workspace.state((state) => gatherRunReport(state, 'dev', { run, running: undefined })).verdict;

  it('says that searchers see what was kept, pinned or not, and how that ends', async () => {
    const back = await workspace.rollback();
    expect(verdict()).toMatchObject({ status: 'warning', reason_codes: ['rolled_back'] });
    await workspace.rollback({ unpin: true });
    expect(verdict()).toMatchObject({ reason_codes: ['unpinned'], command: ['plan'] });
    expect(verdict(back.run_id ?? '').command).toEqual(['rollback', '--unpin']);
    await workspace.rollback();
    expect(verdict()).toMatchObject({
      status: 'success',
      reason_codes: ['swapped_back'],
      command: ['apply'],
    });
  });

  it('says that the next rollback finishes one that was killed', async () => {
    expect(await workspace.killedRollback(8)).toBe(true);
    expect(verdict()).toMatchObject({
      status: 'not_available',
      downstream_decision: 'hold',
      reason_codes: ['killed'],
      command: ['rollback'],
    });
  });
});

describe('the pin', () => {
  it('lets nothing be planned, whatever is edited in documents and policy, and no apply write anything', async () => {
    await workspace.rollback();
    workspace.write('more.md', text('more', 2));
    edit(workspace, (one) => ({ ...one, policy: { ...one.policy, keep_previous: 3 } }));
    const { header, index, changes } = await workspace.plan();
    expect(header.outcome).toBe('no_changes');
    expect(index.pinned).toEqual({ generation: 1 });
    expect(index.warnings).toMatchObject([{ key: 'pinned', functional: true }]);
    expect(changes).toEqual([]);
    const before = [
      workspace.rows(['collections', 'indexes', 'documents', 'chunks']),
      workspace.chroma.writes.length,
    ];
    expect(await workspace.applied()).toMatchObject({ outcome: 'no_changes' });
    expect([
      workspace.rows(['collections', 'indexes', 'documents', 'chunks']),
      workspace.chroma.writes.length,
    ]).toEqual(before);
  });

  it('ends when the manifest wants what came back, and the documents are brought up to date', async () => {
    await workspace.rollback();
    model(workspace, 64);
    const { index } = await workspace.plan();
    expect(index.index_actions).toEqual([{ action: 'unpin', reasons: ['embedding'] }]);
    expect(await workspace.applied()).toMatchObject({
      outcome: 'applied',
      applied: { create: 1, update: 1 },
    });
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
    // It is not remembered for the next time.
    model(workspace, 32);
    expect((await workspace.plan()).index.index_actions).toEqual([
      { action: 'replace', reasons: ['embedding'] },
    ]);
  });

  it('ends when the manifest wants a third model, whose generation is a new one', async () => {
    await workspace.rollback();
    model(workspace, 16);
    expect(await workspace.applied()).toMatchObject({
      outcome: 'applied',
      applied: { replace: 1, update: 1, create: 1 },
    });
    // Of the two that were replaced the one that was live last is kept.
    expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 1)]);
    const live = workspace.state((state) => state.collections().find((row) => row.role === 'live'));
    expect(live).toMatchObject({ generation: 3, pinned: null });
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });

  it('ends when it is taken away: then the replacement is planned again', async () => {
    await workspace.rollback();
    expect(await workspace.rollback({ unpin: true })).toMatchObject({ outcome: 'unpinned' });
    expect(await workspace.rollback({ unpin: true })).toMatchObject({ outcome: 'no_changes' });
    expect((await workspace.plan()).index.index_actions).toEqual([
      { action: 'replace', reasons: ['embedding'] },
    ]);
    // Everything was embedded before.
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    expect(workspace.contents()).toEqual(second);
  });

  it('is not needed where the model is the one of the manifest: only what changed since is written', async () => {
    workspace.dispose();
    workspace = new Workspace();
    workspace.write('a.md', text('a', 3));
    await workspace.applied();
    edit(workspace, (one) => ({ ...one, policy: { ...one.policy, keep_previous: 2 } }));
    for (const space of ['l2', 'cosine'] as const) {
      edit(workspace, (one) => ({ ...one, target: { ...one.target, space } }));
      await workspace.applied();
    }
    workspace.write('b.md', text('b', 2));
    await workspace.applied();
    expect(await workspace.rollback({ generation: 1 })).toMatchObject({
      outcome: 'applied',
      plan: { pins: false },
    });
    expect(await workspace.applied()).toMatchObject({ applied: { create: 1 }, embedded: 0 });
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });
});

it('takes siblings along, and is refused when one of them moved in later', async () => {
  workspace.dispose();
  workspace = new Workspace();
  const docs = workspace.docs;
  workspace.write('a.md', text('a', 2));
  const sibling = manifestOf(docs, { manifest_id: 'other' });
  workspace.manifests.push(sibling);
  await workspace.applied();
  const before = workspace.contents();
  model(workspace, 32);
  await workspace.applied();
  expect(await workspace.rollback()).toMatchObject({ outcome: 'applied', plan: { indexes: [{}, {}] } });
  expect(workspace.contents()).toEqual(before);
  const pins = await workspace.planned(async (plan) => plan.indexes.map((one) => one.header.pinned));
  expect(pins).toEqual([{ generation: 1 }, { generation: 1 }]);
  await workspace.rollback();
  const late = manifestOf(docs, {
    manifest_id: 'third',
    embedding: workspace.manifests[0]?.embedding ?? sibling.embedding,
  });
  workspace.manifests.push(late);
  await workspace.applied();
  await expect(workspace.rollback()).rejects.toMatchObject({ code: 'E611', message: /third/ });
  expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 1)]);
});

describe('killed at any boundary', () => {
  it.each([
    { next: 'run again', step: 1, go: () => workspace.rollback() },
    { next: 'left to an apply', step: 2, go: () => workspace.applied() },
  ])('and $next, it is a whole index all the time, and ends', async ({ next, step, go }) => {
    for (let boundary = 1; ; boundary += step) {
      const dead = await workspace.killedRollback(boundary);
      whole();
      // What was recorded as done and not yet said is done: once more would be forward again.
      const last = workspace.state((state) => state.runs(1)[0]);
      const said = last?.command === 'rollback' && last.outcome === 'applied';
      if (dead && !said) {
        await go();
        whole();
      }
      const back = workspace.contents().length === first.length;
      if (next === 'run again' || !dead) expect(back).toBe(true);
      expect(workspace.contents()).toEqual(back ? first : second);
      expect(await pinnedAt()).toBe(back ? 1 : undefined);
      expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, back ? 2 : 1)]);
      const { header, index } = await workspace.plan({ verify: 'content' });
      expect(header.outcome).toBe('no_changes');
      expect(index.live).toMatchObject({ status: 'ok', missing: 0, orphan: 0, tampered: 0 });
      const { resume_active } = workspace.status();
      expect(resume_active).toBe(false);
      if (!dead) {
        expect(boundary).toBeGreaterThan(12);
        return;
      }
      workspace.dispose();
      workspace = await replacedOnce();
    }
  });

  it('with the state of before the rollback restored between the renames, the next apply finishes it', async () => {
    const state = join(workspace.stateDir, 'ingest.db');
    const backup = join(workspace.root, 'backup.db');
    copyFileSync(state, backup);
    await killedBetweenRenames((fate) => workspace.rollback({}, fate));
    copyFileSync(backup, state);
    expect((await workspace.plan()).index.index_actions).toEqual([{ action: 'swap', reasons: ['intent'] }]);
    await workspace.applied();
    expect(workspace.contents()).toEqual(first);
    expect(await pinnedAt()).toBe(1);
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });
});

/** Dies after the request that took the name from the old collection, before the new one has it. */
async function killedBetweenRenames(run: (fate: Fate) => Promise<unknown>): Promise<void> {
  const fate = new Fate();
  workspace.chroma.after = () => {
    if (!workspace.chroma.names().includes(COLLECTION)) fate.dead = true;
  };
  await expect(run(fate)).rejects.toThrow('already dead');
  workspace.chroma.after = () => {};
}

/** Searchers see one of the two, whole, or for a moment nothing under the name. */
function whole(): void {
  const names = workspace.chroma.names();
  const seen = names.includes(COLLECTION) ? workspace.contents() : undefined;
  if (seen === undefined) expect(names).toEqual([previousName(COLLECTION, 2), stagingName(COLLECTION)]);
  else expect([first, second]).toContainEqual(seen);
}

function idOf(record: unknown): string {
  return (record as { id: string }).id;
}
