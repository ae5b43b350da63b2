import { afterEach, expect, it } from 'vitest';
import { compareSample } from '../../../src/plan/live-view/compare-sample.js';
import { Scratch } from '../../../src/plan/scratch.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

let workspace: Workspace;
afterEach(() => workspace.dispose());

it.each([
  ['somebody’s doing', false, true],
  ['damage, after a run that went wrong', true, false],
])('a wrong vector in a sample is %s', async (_what, suspect, readable) => {
  workspace = new Workspace();
  workspace.write('a.md', '# A\n\nWhat a says.\n');
  workspace.write('b.md', '# B\n\nWhat b says.\n');
  await workspace.applied();
  const collection = await workspace.chroma.find(COLLECTION);
  if (collection === undefined) throw new Error('no collection');
  const state = openStateReader(workspace.stateDir);
  const scratch = new Scratch();
  try {
    const rows = [...state.collectionChunks(collection.id)].flatMap(({ chunk_id }) => {
      const row = state.chunk(collection.id, chunk_id);
      return row === undefined ? [] : [row];
    });
    const embedded = Float32Array.from({ length: 64 }, (_, i) => (i === 7 ? 1 : 0));
    const cached = () => new Map([[rows[0]?.text_sha256 ?? '', embedded]]);
    expect(await compareSample(collection, state, scratch, rows, true, cached, suspect)).toBe(readable);
    expect(scratch.countFindings('docs', 'tampered')).toBe(1);
  } finally {
    scratch.close();
    state.close();
  }
});
