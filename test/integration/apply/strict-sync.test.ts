/** What an apply finds when it looks at what it has written: a mismatch is reported with its documents, never hidden. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IngestError } from '../../../src/domain/errors.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  for (const name of ['a', 'b']) workspace.write(`${name}.md`, text(name));
  await workspace.applied();
});
afterEach(() => workspace.dispose());

function text(name: string): string {
  return [0, 1, 2]
    .map((i) => `# ${name} ${i}\n\nWhat chapter ${i} of ${name} says, so that it stands alone as a chunk.\n`)
    .join('\n');
}

function ids(uri: string): string[] {
  const records = [...workspace.chroma.records(COLLECTION)];
  return records.filter(([, { metadata }]) => metadata['ingest_uri'] === uri).map(([id]) => id);
}

test('records that go while it writes are named by document, at every level, and the next plan puts them back', async () => {
  for (const [round, verify] of (['counts', 'ids', 'content'] as const).entries()) {
    const [lost = ''] = ids('h/a.md');
    workspace.chroma.after = ({ kind }) => {
      if (kind === 'put') workspace.chroma.records(COLLECTION).delete(lost);
    };
    workspace.write(`new-${round}.md`, text(`new ${round}`));
    const result = await workspace.applied({ verify });
    workspace.chroma.after = () => {};
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: 'strict_sync_mismatch',
      strict_sync: { ok: false, delta: -1, documents: 1, where: [{ uri: 'h/a.md', message: '1 missing' }] },
    });
    expect((await workspace.plan()).changes).toMatchObject([{ action: 'repair', uri: 'h/a.md' }]);
    expect(await workspace.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
  }
});

test('a text that somebody changes meanwhile is named at content', async () => {
  const [changed = ''] = ids('h/b.md');
  workspace.chroma.after = ({ kind }) => {
    const record = workspace.chroma.records(COLLECTION).get(changed);
    if (kind === 'put' && record !== undefined) record.text = 'not what was written';
  };
  workspace.write('c.md', text('c'));
  const result = await workspace.applied({ verify: 'content' });
  workspace.chroma.after = () => {};
  expect(result).toMatchObject({
    outcome: 'failed',
    strict_sync: { ok: false, level: 'content', delta: 0, where: [{ uri: 'h/b.md', message: '1 tampered' }] },
  });
  expect(await workspace.applied({ verify: 'content' })).toMatchObject({ outcome: 'applied', embedded: 0 });
});

test('a Chroma that cannot be counted afterwards is not ok', async () => {
  let written = false;
  workspace.chroma.after = ({ kind }) => {
    if (kind === 'put') written = true;
  };
  workspace.chroma.reading = () => {
    if (written)
      throw new IngestError('E401', 'Chroma cannot be reached', { kind: 'world', advice: 'start it' });
  };
  workspace.write('c.md', text('c'));
  const result = await workspace.applied();
  expect(result.outcome).toBe('failed');
  expect(result.reason).toMatch(/^E401 /);
  expect(result.strict_sync?.ok).not.toBe(true);
  Object.assign(workspace.chroma, { after: () => {}, reading: () => {} });
  // What Chroma had confirmed is recorded; the run is not called good, so the next looks at its documents.
  expect(await workspace.applied()).toMatchObject({ failed: 0, embedded: 0, strict_sync: { ok: true } });
});
