/**
 * A request whose answer was lost may land long after its document is done. Until its time-out has passed every plan
 * looks for it; then it is forgotten, by an apply that has looked after that.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WriteUnknown } from '../../../src/domain/ports/live.js';
import { status } from '../../../src/pipeline.js';
import { loadPlan } from '../../../src/plan/saved/load-plan.js';
import { savePlan } from '../../../src/plan/saved/save-plan.js';
import { planJson } from '../../../src/report/plan-json.js';
import type { StoredRecord } from '../../support/memory-chroma.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

const TIMEOUT_MS = 60_000;
const page = (word: string) =>
  `# Page\n\nThis version of the page is about ${word}, and about nothing else.\n`;

let workspace: Workspace;

beforeEach(async () => {
  workspace = new Workspace();
  workspace.write('page.md', page('first'));
  workspace.write('other.md', page('other'));
  await workspace.applied();
});
afterEach(() => workspace.dispose());

/** The next put of the page gets lost on its way; what was in it comes back, to land when the test says so. */
async function applyWithLostPut(): Promise<ReadonlyMap<string, StoredRecord>> {
  const late = new Map<string, StoredRecord>();
  let lost = false;
  workspace.chroma.before = ({ kind, puts }) => {
    if (kind !== 'put' || lost) return;
    lost = true;
    for (const { id, text, vector } of puts) late.set(id, { text, vector, metadata: {} });
    throw new WriteUnknown('no answer', undefined);
  };
  const result = await workspace.applied();
  workspace.chroma.before = () => {};
  expect(result).toMatchObject({ outcome: 'applied', failed: 0 });
  expect(lost).toBe(true);
  // The redo was confirmed, so the records are known as they came to be.
  for (const [id, record] of late)
    late.set(id, { ...record, ...workspace.chroma.records(COLLECTION).get(id) });
  return late;
}

function counts() {
  return workspace.state((state) => {
    const [index] = state.indexes();
    return index === undefined ? undefined : state.intentCounts(index.collection_id, 'docs');
  });
}

/** A second index of the same state, with documents of its own. */
async function applyAnother(): Promise<void> {
  const [manifest] = workspace.manifests;
  if (manifest === undefined) throw new Error('no manifest');
  const target = { ...manifest.target, collection: 'another' };
  workspace.manifests[0] = { ...manifest, manifest_id: 'another', target };
  await workspace.applied();
  workspace.manifests[0] = manifest;
}

const SETTLED = { open: 0, confirmed: 0, unknown: 0, unsettled: 0 };

describe('a put whose answer was lost', () => {
  beforeEach(() => workspace.write('page.md', page('second')));

  it('is unsettled when its document is done: no resume, no change, and said apart', async () => {
    await applyWithLostPut();
    expect(counts()).toEqual({ ...SETTLED, unsettled: 1 });
    expect(await workspace.plan()).toMatchObject({ header: { outcome: 'no_changes' }, changes: [] });
    const [index] = workspace.state((state) => status(state, workspace.desired(), 'dev', null)).indexes;
    expect(index).toMatchObject({ resume_active: false, in_part: 0, intents: { open: 0, unsettled: 1 } });
    workspace.write('other.md', page('edited'));
    await workspace.applied();
    expect(workspace.resume).toMatchObject({ resume_active: false, open_intents: 0, confirmed_intents: 0 });
  });

  it('that lands after its record was deleted again is found by the next plan and mended', async () => {
    const late = await applyWithLostPut();
    workspace.write('page.md', page('third'));
    await workspace.applied();
    expect(counts()).toMatchObject({ unsettled: 1 });
    for (const [id, record] of late) workspace.chroma.records(COLLECTION).set(id, record);
    const plan = await workspace.plan();
    expect(plan.changes).toMatchObject([{ action: 'repair', uri: 'h/page.md' }]);
    await workspace.applied();
    expect(workspace.contents()).toEqual(await workspace.fresh());
  });

  it('is looked for until the time-out has passed, and forgotten by the first apply with work after it', async () => {
    await applyWithLostPut();
    const writeOther = async (word: string) => {
      workspace.write('other.md', page(word));
      await workspace.applied();
    };
    workspace.clockAhead = TIMEOUT_MS - 5000;
    await writeOther('before the time-out');
    expect(counts()).toEqual({ ...SETTLED, unsettled: 1 });
    workspace.clockAhead = TIMEOUT_MS + 5000;
    // A plan and an apply without work change no row.
    await workspace.plan();
    await workspace.applied();
    expect(counts()).toEqual({ ...SETTLED, unsettled: 1 });
    await writeOther('after the time-out');
    expect(counts()).toEqual(SETTLED);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['at --verify off', () => workspace.applied({ verify: 'off' })],
    ['with --only elsewhere', () => workspace.applied({ only: ['h/other.md'] })],
    ['of another manifest alone', () => applyAnother()],
  ])('is not forgotten by an apply %s, which did not look for it', async (_how, apply) => {
    const late = await applyWithLostPut();
    workspace.write('page.md', page('third'));
    await workspace.applied();
    workspace.clockAhead = TIMEOUT_MS + 5000;
    workspace.write('other.md', page('edited'));
    for (const [id, record] of late) workspace.chroma.records(COLLECTION).set(id, record);
    await apply();
    expect((await workspace.plan()).changes).toContainEqual(
      expect.objectContaining({ action: 'repair', uri: 'h/page.md' }),
    );
  });

  it('is not forgotten by an apply of a saved plan, made before it landed, which does not mend it', async () => {
    const late = await applyWithLostPut();
    // The chunk that is still on its way stays in the document, and says now that it is of another version of it.
    workspace.write('page.md', `${page('second')}\n## More\n\nAnd something was added below it.\n`);
    await workspace.applied();
    workspace.write('other.md', page('edited'));
    const file = join(workspace.root, 'saved.plan');
    await workspace.planned((plan) => savePlan(file, planJson(plan)));
    for (const [id, record] of late) workspace.chroma.records(COLLECTION).set(id, record);
    workspace.clockAhead = TIMEOUT_MS + 5000;
    const saved = await loadPlan(file);
    try {
      expect(await workspace.apply({}, undefined, saved)).toMatchObject({
        kind: 'result',
        result: { outcome: 'applied', applied: { update: 1, repair: 0 } },
      });
    } finally {
      saved.close();
    }
    expect((await workspace.plan()).changes).toMatchObject([{ action: 'repair', uri: 'h/page.md' }]);
    await workspace.applied();
    expect(workspace.contents()).toEqual(await workspace.fresh());
  });

  it('is still looked for when the clock was set back', async () => {
    await applyWithLostPut();
    workspace.clockAhead = -24 * 3600 * 1000;
    workspace.write('other.md', page('yesterday'));
    await workspace.applied();
    expect(counts()).toEqual({ ...SETTLED, unsettled: 1 });
    expect((await workspace.plan()).changes).toEqual([]);
  });
});

describe('the journal of a document that was interrupted', () => {
  it('begins it again in the run that resumes it, and says that it is resumed', async () => {
    workspace.write('page.md', page('second'));
    let boundary = 1;
    let began = 0;
    // Killed at the first boundary at which the document had been begun.
    for (; began === 0; boundary++) {
      expect(await workspace.killed(boundary)).toBe(true);
      began = beginnings().length - 2;
    }
    expect(workspace.state((state) => status(state, workspace.desired(), 'dev', null)).indexes).toMatchObject(
      [{ resume_active: true, in_part: 1 }],
    );
    const intents = counts();
    await workspace.applied();
    expect(workspace.resume).toMatchObject({
      resume_active: true,
      open_intents: (intents?.open ?? 0) + (intents?.unknown ?? 0),
      confirmed_intents: intents?.confirmed,
    });
    expect(beginnings().slice(2)).toEqual([
      { uri: 'h/page.md', resume: false },
      { uri: 'h/page.md', resume: true },
    ]);
  });

  it('tells of a recorded document that its file holds no text any more', async () => {
    workspace.write('page.md', '');
    await workspace.applied();
    expect(events('DOC_SKIPPED')).toEqual([{ uri: 'h/page.md', reason: 'emptied' }]);
  });
});

function events(type: string): readonly Readonly<Record<string, unknown>>[] {
  return workspace.state((state) =>
    [...state.journal(undefined, 0)].filter((event) => event.type === type).map((event) => event.data),
  );
}

const beginnings = () => events('DOC_BEGIN').map(({ uri, resume }) => ({ uri, resume }));
