/** A contract that is edited: the plan says what that means for the documents that satisfied it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readContract } from '../../../src/gate/read-contract.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { Workspace } from '../../support/memory-workspace.js';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.dispose());

function contract(schema: unknown): void {
  const file = join(workspace.root, 'contract.json');
  writeFileSync(file, JSON.stringify(schema));
  use(file);
}

function use(file: string | undefined): void {
  const [manifest] = workspace.manifests;
  if (manifest === undefined) throw new Error('no manifest');
  const sources = manifest.sources.map((source) => ({ ...source, contract: file }));
  workspace.manifests[0] = { ...manifest, sources };
}

const document = (owner: string): string =>
  `---\nowner: ${owner}\n---\n# Of ${owner}\n\nA text of some length.\n`;
const OPEN = { properties: { owner: { type: 'string' } }, required: ['owner'] };

describe('an edited contract', () => {
  test('is classified against the one that was applied, and is no news once it is in force', async () => {
    contract(OPEN);
    workspace.write('a.md', document('ana'));
    await workspace.applied();
    expect((await workspace.plan()).index.index_actions).toEqual([]);

    contract({ ...OPEN, properties: { owner: { type: ['string', 'null'] } } });
    expect((await workspace.plan()).index.index_actions).toMatchObject([
      {
        action: 'contract',
        reasons: ['additive'],
        contracts: [{ source_id: 'h', class: 'additive', more: 0 }],
      },
    ]);
    contract({ ...OPEN, properties: { owner: { enum: ['ana', 'bob'] } } });
    const { index } = await workspace.plan();
    expect(index.index_actions).toEqual([
      {
        action: 'contract',
        reasons: ['breaking'],
        contracts: [
          {
            source_id: 'h',
            class: 'breaking',
            edits: [
              { path: '/owner/enum', what: 'added', class: 'breaking' },
              { path: '/owner/type', what: 'taken out', class: 'additive' },
            ],
            more: 0,
          },
        ],
      },
    ]);
    await workspace.applied();
    expect((await workspace.plan()).index.index_actions).toEqual([]);
    const [row] = workspace.state((state) => state.contracts('docs'));
    expect(row).toMatchObject({ source_id: 'h', text: expect.stringContaining('bob') });
  });

  test('that comes is breaking, and one that goes is additive', async () => {
    workspace.write('a.md', document('ana'));
    await workspace.applied();
    contract(OPEN);
    expect((await workspace.plan()).index.index_actions).toMatchObject([{ reasons: ['breaking'] }]);
    await workspace.applied();
    use(undefined);
    expect((await workspace.plan()).index.index_actions).toMatchObject([{ reasons: ['additive'] }]);
  });

  test('is not in force for a part of the index, nor while a document fails', async () => {
    contract(OPEN);
    workspace.write('a.md', document('ana'));
    workspace.write('b.md', document('bob'));
    await workspace.applied();
    contract({ ...OPEN, title: 'of documents' });
    expect((await workspace.plan({ only: ['h/a.md'] })).index.index_actions).toEqual([]);
    await workspace.applied({ only: ['h/a.md'] });
    expect((await workspace.plan()).index.index_actions).toMatchObject([
      { action: 'contract', contracts: [{ class: 'additive', edits: [] }] },
    ]);
  });
});

test('an index that was applied before contracts were recorded has them recorded by an apply that does nothing else', async () => {
  contract(OPEN);
  workspace.write('a.md', document('ana'));
  await workspace.applied();
  const db = openDatabase(join(workspace.stateDir, 'ingest.db'));
  db.exec('DELETE FROM contracts');
  db.close();
  expect((await workspace.plan()).index.index_actions).toEqual([]);
  expect(await workspace.applied()).toMatchObject({ outcome: 'no_changes' });
  expect(workspace.state((state) => state.contracts('docs'))).toHaveLength(1);
});

test('a contract that several sources share is compiled once', async () => {
  contract({ ...OPEN, description: `of ${workspace.root}` });
  const file = join(workspace.root, 'contract.json');
  const [one, other] = await Promise.all([readContract(file), readContract(file)]);
  expect(one.schema).toBe(other.schema);
});
