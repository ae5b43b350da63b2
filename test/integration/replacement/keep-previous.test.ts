/** How many replaced collections stay: the last replaced ones, as the policy says. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { previousName } from '../../../src/domain/collection-names.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  workspace.write('a.md', '# A\n\nWhat is said of a.\n');
  await workspace.applied();
});
afterEach(() => workspace.dispose());

function edit(change: (manifest: Manifest) => Manifest): void {
  const [manifest] = workspace.manifests;
  if (manifest !== undefined) workspace.manifests.splice(0, 1, { ...change(manifest), sha256: 'edited' });
}

function keep(keep_previous: number): void {
  edit((manifest) => ({ ...manifest, policy: { ...manifest.policy, keep_previous } }));
}

async function replaced(space: 'l2' | 'cosine' | 'ip'): Promise<void> {
  edit((manifest) => ({ ...manifest, target: { ...manifest.target, space } }));
  expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
}

const kept = (...generations: number[]): string[] => [
  COLLECTION,
  ...generations.map((generation) => previousName(COLLECTION, generation)),
];

it('keeps as many as the policy says, each with what is recorded of it', async () => {
  keep(2);
  for (const space of ['l2', 'ip', 'cosine'] as const) await replaced(space);
  expect(workspace.chroma.names()).toEqual(kept(2, 3));
  const rows = workspace.state((state) =>
    state
      .collections()
      .map(({ collection_id, role }) => [role, state.counts(collection_id, 'docs').documents]),
  );
  expect(rows.sort()).toEqual([
    ['live', 1],
    ['previous', 1],
    ['previous', 1],
  ]);
});

it('shows the edit and what it takes away, and the next apply does it', async () => {
  keep(3);
  for (const space of ['l2', 'ip', 'cosine'] as const) await replaced(space);
  expect(workspace.chroma.names()).toEqual(kept(1, 2, 3));
  keep(1);
  const { index } = await workspace.plan();
  expect(index.index_actions).toEqual([
    { action: 'discard', reasons: ['policy'] },
    { action: 'policy', reasons: ['policy'], changes: [{ field: 'keep_previous', from: 3, to: 1 }] },
  ]);
  await workspace.applied();
  expect(workspace.chroma.names()).toEqual(kept(3));
  expect((await workspace.plan()).header.outcome).toBe('no_changes');
});

it('takes the old one away after the swap when none is kept, also after a kill at any boundary of the swap', async () => {
  // Those before it are tested with every other replacement.
  for (let boundary = 16; ; boundary++) {
    keep(0);
    edit((manifest) => ({ ...manifest, target: { ...manifest.target, space: 'l2' } }));
    const before = workspace.contents();
    const dead = await workspace.killed(boundary);
    // Whatever happened, the one that searchers see, or are about to see, is whole.
    const whole = workspace.chroma
      .names()
      .filter((name) => workspace.chroma.records(name).size === before.length);
    expect(whole.length).toBeGreaterThan(0);
    await workspace.applied();
    expect(workspace.chroma.names()).toEqual([COLLECTION]);
    expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
    if (!dead) return;
    workspace.dispose();
    workspace = new Workspace();
    workspace.write('a.md', '# A\n\nWhat is said of a.\n');
    await workspace.applied();
  }
});
