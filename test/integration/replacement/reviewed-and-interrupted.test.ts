/** A replacement that was saved for review, shown with its text, and interrupted in the middle of the swap. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { previousName, stagingName } from '../../../src/domain/collection-names.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import type { Plan } from '../../../src/domain/plan.js';
import { loadPlan } from '../../../src/plan/saved/load-plan.js';
import { savePlan } from '../../../src/plan/saved/save-plan.js';
import { planJson } from '../../../src/report/plan-json.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  for (const name of ['a', 'b', 'c']) workspace.write(`${name}.md`, page(name, 'first'));
  await workspace.applied();
  const [manifest] = workspace.manifests;
  if (manifest === undefined) throw new TypeError('no manifest');
  const embedding = { ...manifest.embedding, dimensions: 32 } as Manifest['embedding'];
  workspace.manifests.splice(0, 1, { ...manifest, sha256: '1'.repeat(64), embedding });
});
afterEach(() => workspace.dispose());

function page(name: string, version: string): string {
  return `# ${name}\n\nWhat is said of ${name} in the ${version} version, at some length.\n`;
}

async function withSaved(use: (saved: Plan) => Promise<void>): Promise<void> {
  const file = join(workspace.root, 'saved.plan');
  await workspace.planned((plan) => savePlan(file, planJson(plan)));
  const saved = await loadPlan(file);
  try {
    await use(saved);
  } finally {
    saved.close();
  }
}

async function expectReplaced(): Promise<void> {
  expect(workspace.contents()).toEqual(await workspace.fresh());
  expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 1)]);
  expect((await workspace.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
}

describe('a saved plan of a replacement', () => {
  it('is applied as it was reviewed', async () => {
    await withSaved(async (saved) => {
      expect(saved.indexes[0]?.header.index_actions).toEqual([{ action: 'replace', reasons: ['embedding'] }]);
      expect(await workspace.apply({}, undefined, saved)).toMatchObject({
        kind: 'result',
        result: { outcome: 'applied', applied: { replace: 3 } },
      });
    });
    await expectReplaced();
  });

  it('is refused with what moved, and searchers keep the old index', async () => {
    const before = workspace.contents();
    await withSaved(async (saved) => {
      workspace.write('b.md', page('b', 'second'));
      expect(await workspace.apply({}, undefined, saved)).toMatchObject({
        kind: 'stale',
        items: [{ subject: 'h/b.md' }],
      });
    });
    expect(workspace.contents()).toEqual(before);
  });

  it('that knows nothing of a new document does not swap it away', async () => {
    await withSaved(async (saved) => {
      workspace.write('later.md', page('later', 'first'));
      await workspace.apply({}, undefined, saved);
    });
    await workspace.applied();
    await expectReplaced();
  });
});

describe('Ctrl-C', () => {
  it.each(['identity', 'rename'] as const)(
    'at a request of the swap (%s) leaves no half of it',
    async (kind) => {
      let built = false;
      workspace.chroma.after = (write) => {
        built ||= write.kind === 'put' && workspace.chroma.records(stagingName(COLLECTION)).size === 3;
        if (built && write.kind === kind) workspace.abort();
      };
      expect(await workspace.apply()).toMatchObject({ kind: 'result', result: { outcome: 'interrupted' } });
      workspace.chroma.after = () => {};
      workspace.forgetAbort();
      // A signal is heard between two steps; the swap is one.
      expect(workspace.chroma.names()).toEqual([COLLECTION, previousName(COLLECTION, 1)]);
      expect(await workspace.applied()).toMatchObject({ embedded: 0, upserted: 0 });
      await expectReplaced();
    },
  );

  it('before the swap leaves the old index to searchers, and the next apply goes on', async () => {
    const before = workspace.contents();
    workspace.chroma.after = (write) => {
      if (write.kind === 'put') workspace.abort();
    };
    expect(await workspace.apply()).toMatchObject({ kind: 'result', result: { outcome: 'interrupted' } });
    workspace.chroma.after = () => {};
    workspace.forgetAbort();
    expect(workspace.contents()).toEqual(before);
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
    await expectReplaced();
  });
});

describe('the text diff', () => {
  it('of a replacement is the text that changes, whether it was begun or not', async () => {
    workspace.write('b.md', page('b', 'second'));
    const expected = [{ removed: ['first'], added: ['second'] }];
    expect(await hunksOf('h/b.md')).toEqual(expected);
    expect(await hunksOf('h/a.md')).toEqual([]);
    await workspace.killed(12);
    expect(workspace.chroma.names()).toContain(stagingName(COLLECTION));
    expect(await hunksOf('h/b.md')).toEqual(expected);
  });
});

/** Which version is said in the chunks that a plan with --diff shows as removed and added. */
async function hunksOf(uri: string): Promise<unknown> {
  const version = ({ text }: { readonly text: string | null }) => / the (\w+) version/.exec(text ?? '')?.[1];
  return workspace.planned(
    async ({ indexes }) => {
      for (const change of indexes[0]?.changes() ?? []) {
        if (change.uri !== uri) continue;
        return (change.diff?.hunks ?? []).map(({ removed, added }) => ({
          removed: removed.map(version),
          added: added.map(version),
        }));
      }
      return [];
    },
    {},
    true,
  );
}
