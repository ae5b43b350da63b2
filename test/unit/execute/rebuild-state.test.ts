/** A recorded state that is lost is put together from live alone; what was interrupted goes on from there. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/domain/manifest.js';
import { COLLECTION, Fate, manifestOf, Workspace } from '../../support/memory-workspace.js';

let ws: Workspace;

beforeEach(() => {
  ws = new Workspace();
});
afterEach(() => ws.dispose());

const article = (topic: string, parts = 4): string =>
  Array.from(
    { length: parts },
    (_, i) =>
      `## ${topic} ${i}\n\nPart ${i} of ${topic} says what part ${i} of ${topic} is about, in full.\n`,
  ).join('\n');

function fill(documents = 5): void {
  for (let i = 0; i < documents; i++)
    ws.write(`d${i}.md`, `---\ntitle: Doc ${i}\nrank: ${i}.5\n---\n${article(`d${i}`)}`);
  // Two chunks with one text: ids count them.
  ws.write(
    'twice.md',
    `${'## same\n\nThe same words stand here twice, in two sections alike.\n\n'.repeat(2)}`,
  );
}

/** Rows as recorded, but for what the run that wrote them is called. */
function rows(tables: readonly string[] = ['documents', 'chunks', 'collections', 'intents']): unknown {
  return ws.rows(tables);
}

const gist = async (): Promise<string[]> =>
  (await ws.plan()).changes.map(({ action, uri, resume }) => `${action} ${uri}${resume ? ' resumed' : ''}`);

describe('after an apply that ended', () => {
  it('is what it was, row by row, and plans nothing; the next apply writes no document and embeds nothing', async () => {
    fill();
    await ws.applied();
    const before = {
      rows: rows(),
      pins: ws.state((s) => s.index('docs')?.pins),
      lineage: ws.state((s) => s.lineage),
    };
    expect(before.pins).toEqual({ 'chunker:markdown': 1, 'parser:markdown': 1 });
    const live = ws.contents();
    ws.loseState();

    const report = await ws.rebuild();
    expect(report).toMatchObject({
      outcome: 'rebuilt',
      backup: null,
      lineage: before.lineage,
      indexes: [{ manifest_id: 'docs', collection: COLLECTION, declared: true, documents: 6, partial: 0 }],
    });
    expect(report.not_known.length).toBeGreaterThan(3);
    expect({
      rows: rows(),
      pins: ws.state((s) => s.index('docs')?.pins),
      lineage: ws.state((s) => s.lineage),
    }).toEqual(before);

    const found = await ws.plan();
    expect({ outcome: found.header.outcome, changes: found.changes, warnings: found.index.warnings }).toEqual(
      {
        outcome: 'no_changes',
        changes: [],
        warnings: [],
      },
    );
    expect(found.index.live).toMatchObject({ status: 'ok', verify: 'counts', escalated: null });
    expect((await ws.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
    const writes = ws.chroma.writes.length;
    // It records which batch is in the index, as after any run that could not say so.
    expect(await ws.applied()).toMatchObject({ embedded: 0, upserted: 0, relabelled: 0, deleted: 0 });
    expect(ws.chroma.writes.slice(writes).filter((write) => write.kind !== 'identity')).toEqual([]);
    expect(ws.contents()).toEqual(live);
    const settled = rows();
    expect(await ws.applied()).toMatchObject({ outcome: 'no_changes' });
    expect(rows()).toEqual(settled);
  });

  it('an edit, a move and a deletion after the loss are planned as ever', async () => {
    fill();
    await ws.applied();
    ws.loseState();
    await ws.rebuild();
    ws.write('d0.md', `${article('d0')}\n## more\n\nA part that was not there before, with words.\n`);
    ws.move('d1.md', 'moved.md');
    ws.remove('d2.md');
    expect(await gist()).toEqual(['update h/d0.md', 'delete h/d2.md', 'move h/moved.md']);
    expect(await ws.applied()).toMatchObject({ outcome: 'applied', failed: 0 });
    expect(ws.contents()).toEqual(await ws.fresh());
  });

  it('protection is what live remembers', async () => {
    fill(2);
    ws.manifests.splice(0, 1, manifestOf(ws.docs, { policy: { ...policy, prevent_destroy: true } }));
    await ws.applied();
    ws.manifests.splice(0, 1, manifestOf(ws.docs));
    ws.loseState();
    await ws.rebuild();
    expect(ws.state((s) => s.index('docs')?.prevent_destroy)).toBe(true);
    expect((await ws.plan()).header.outcome).toBe('no_changes');
  });

  it('nothing in live is nothing to rebuild, and leaves no file', async () => {
    fill(1);
    expect(await ws.rebuild()).toMatchObject({ outcome: 'nothing_in_live', indexes: [] });
    expect(() => ws.rows()).toThrow();
  });
});

const policy = manifestOf('').policy;

describe('over a state that records something', () => {
  it('refuses; with force it is backed up, and its history stays', async () => {
    fill(2);
    await ws.applied();
    const before = rows();
    const events = ws.state((s) => [...s.journal(undefined, 0)].length);
    await expect(ws.rebuild()).rejects.toMatchObject({ code: 'E507' });
    expect(rows()).toEqual(before);
    const report = await ws.rebuild({ force: true });
    expect(report.backup).toMatch(/backups/);
    expect(rows()).toEqual(before);
    expect(ws.state((s) => s.runs(2).map((run) => run.outcome))).toContain('applied');
    expect(ws.state((s) => [...s.journal(undefined, 0)].map((event) => event.type).slice(events))).toEqual([
      'STATE_REBUILT',
    ]);
    expect((await ws.plan()).header.outcome).toBe('no_changes');
  });

  it('a backup that is restored is not held by the run that made it', async () => {
    fill(1);
    await ws.applied();
    const { backup } = await ws.rebuild({ force: true });
    ws.restore(backup ?? '');
    expect(ws.state((s) => s.leaseHolder())).toBeUndefined();
    expect((await ws.plan()).header.outcome).toBe('no_changes');
  });
});

describe('killed in the middle of rebuilding', () => {
  it.each([1, 2])('at commit boundary %i: all of it is there, or nothing', async (dieAt) => {
    fill(2);
    await ws.applied();
    ws.loseState();
    await expect(ws.rebuild({ fate: new Fate(dieAt) })).rejects.toThrow();
    const recorded = ws.state((s) => s.indexes().length);
    expect(recorded).toBe(dieAt === 1 ? 0 : 1);
    await ws.rebuild({ force: true });
    expect((await ws.plan()).header.outcome).toBe('no_changes');
  });
});

describe('what is not ours', () => {
  it('foreign records are counted and left alone', async () => {
    fill(2);
    await ws.applied();
    await ws.chroma.foreign(COLLECTION, 'someone');
    ws.loseState();
    expect((await ws.rebuild()).collections).toMatchObject([{ name: COLLECTION, role: 'live', foreign: 1 }]);
    const found = await ws.plan({ verify: 'ids' });
    expect({ outcome: found.header.outcome, foreign: found.index.live.foreign }).toEqual({
      outcome: 'no_changes',
      foreign: 1,
    });
    await ws.applied();
    expect(ws.chroma.records(COLLECTION).has('someone')).toBe(true);
  });

  it('a collection without an identity, or of two states, is refused by name', async () => {
    await ws.chroma.squat(COLLECTION);
    await expect(ws.rebuild()).rejects.toMatchObject({
      code: 'E507',
      message: expect.stringContaining(COLLECTION),
    });
    expect(() => ws.rows()).toThrow();
  });
});

describe('records that are not as they were written', () => {
  const first = (uri: string): string => {
    for (const [id, { metadata }] of ws.chroma.records(COLLECTION)) {
      if (metadata['ingest_uri'] === uri && metadata['ingest_ordinal'] === 0) return id;
    }
    throw new Error(`no record of ${uri}`);
  };
  const record = (uri: string) => {
    const found = ws.chroma.records(COLLECTION).get(first(uri));
    if (found === undefined) throw new Error('gone');
    return found;
  };

  it.each([
    ['a text', 'text-changed', (uri: string) => Object.assign(record(uri), { text: 'tampered' })],
    ['its own metadata', 'mixed', (uri: string) => Object.assign(record(uri).metadata, { title: 'X' })],
    [
      'its checksum',
      'mixed',
      (uri: string) => Object.assign(record(uri).metadata, { ingest_content_sha256: 'x' }),
    ],
    [
      'its place',
      'not-as-written',
      (uri: string) => Object.assign(record(uri).metadata, { ingest_ordinal: 7 }),
    ],
    [
      'a reserved key',
      'not-as-written',
      (uri: string) => Reflect.deleteProperty(record(uri).metadata, 'ingest_gate_recipe'),
    ],
    ['a record', 'missing-records', (uri: string) => ws.chroma.records(COLLECTION).delete(first(uri))],
    [
      'one record too many',
      'not-as-written',
      (uri: string) => ws.chroma.records(COLLECTION).set('f'.repeat(32), structuredClone(record(uri))),
    ],
  ])(
    '%s: the document is in part, and the next apply mends it without embedding',
    async (_, reason, spoil) => {
      fill(3);
      await ws.applied();
      const whole = ws.contents();
      spoil('h/d1.md');
      expect(ws.contents()).not.toEqual(whole);
      ws.loseState();
      const report = await ws.rebuild();
      expect(report.indexes[0]).toMatchObject({
        partial: 1,
        where: [{ uri: 'h/d1.md', reason }],
        by_reason: [{ reason, documents: 1 }],
      });
      expect(await gist()).toEqual(['update h/d1.md resumed']);
      expect(await ws.applied()).toMatchObject({ outcome: 'applied', embedded: 0, failed: 0 });
      expect(ws.contents()).toEqual(whole);
      expect((await ws.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
    },
  );

  it('a record that only claims to be ours goes, and a document in part whose file is gone is a guarded loss', async () => {
    fill(3);
    await ws.applied();
    const whole = ws.contents();
    const vector = record('h/d0.md').vector;
    ws.chroma.records(COLLECTION).set('stray', {
      text: 'x',
      metadata: { ingest_manifest_id: 'docs', ingest_uri: 'h/never.md' },
      vector,
    });
    ws.loseState();
    await ws.rebuild();
    expect(await gist()).toEqual(['repair h/never.md resumed']);
    await ws.applied();
    expect(ws.contents()).toEqual(whole);
  });
});

describe('an apply that was killed, and its state lost with it', () => {
  /** Every `step`th boundary until the apply ends by itself: what is rebuilt goes on to what a fresh build makes. */
  async function boundaries(step: number, change: () => void, more: () => void = () => {}): Promise<void> {
    const outer = ws;
    try {
      for (let dieAt = 1, died = true; died; dieAt += step) {
        ws = new Workspace();
        fill(4);
        more();
        await ws.applied();
        change();
        died = await ws.killed(dieAt);
        ws.loseState();
        const rebuilt = await ws.rebuild();
        const { failed, withheld } = await ws.applied();
        const { outcome } = (await ws.plan({ verify: 'content' })).header;
        expect({ dieAt, from: rebuilt.outcome, failed, withheld, outcome, contents: ws.contents() }).toEqual({
          dieAt,
          from: 'rebuilt',
          failed: 0,
          withheld: 0,
          outcome: 'no_changes',
          contents: await ws.fresh(),
        });
        ws.dispose();
      }
    } finally {
      if (ws !== outer) ws.dispose();
      ws = outer;
    }
  }

  it('edits, a move and a deletion', () =>
    boundaries(7, () => {
      ws.write('d0.md', article('d0', 6));
      ws.write('d1.md', `---\ntitle: Other\n---\n${article('d1')}`);
      ws.move('d2.md', 'other.md');
      ws.remove('d3.md');
      ws.write('new.md', article('new'));
    }));

  it('another model: what was begun beside the live collection is joined, finished or begun anew', () =>
    boundaries(11, () => anotherModel()));

  it('another model, of two indexes that share the collection', () =>
    boundaries(
      23,
      () => anotherModel(),
      () => ws.manifests.push(sibling()),
    ));

  it('the first apply', async () => {
    const outer = ws;
    for (let dieAt = 1, died = true; died; dieAt += 7) {
      ws = new Workspace();
      fill(3);
      died = await ws.killed(dieAt);
      ws.loseState();
      await ws.rebuild();
      await ws.applied();
      const same = JSON.stringify(ws.contents()) === JSON.stringify(await ws.fresh());
      ws.dispose();
      expect({ dieAt, same }).toEqual({ dieAt, same: true });
    }
    ws = outer;
  });
});

describe('a collection that two indexes share', () => {
  it('is read once, for both; one that is not loaded is kept, and said', async () => {
    fill(2);
    ws.manifests.push(sibling());
    await ws.applied();
    const before = rows();
    ws.loseState();
    expect(
      (await ws.rebuild()).indexes.map(({ manifest_id, documents }) => ({ manifest_id, documents })),
    ).toEqual([
      { manifest_id: 'docs', documents: 3 },
      { manifest_id: 'other', documents: 3 },
    ]);
    expect(rows()).toEqual(before);
    expect((await ws.plan()).header.outcome).toBe('no_changes');

    ws.loseState();
    ws.manifests.pop();
    const part = await ws.rebuild();
    expect(part.indexes).toMatchObject([
      { declared: true },
      { manifest_id: 'other', declared: false, documents: 3 },
    ]);
    expect(part.not_known[0]).toContain('other');
    expect(rows()).toEqual(before);
    const found = await ws.plan({ verify: 'ids' });
    expect({ outcome: found.header.outcome, undeclared: found.header.undeclared }).toEqual({
      outcome: 'no_changes',
      undeclared: ['other'],
    });
  });
});

describe('a collection that was replaced', () => {
  it('is recorded as the one that is kept, with what it holds', async () => {
    fill(2);
    await ws.applied();
    anotherModel();
    await ws.applied();
    const names = ws.chroma.names();
    expect(names.length).toBe(2);
    ws.loseState();
    expect(
      (await ws.rebuild()).collections.map(({ role, generation, chunks }) => [role, generation, chunks]),
    ).toEqual([
      ['live', 2, ws.contents().length],
      ['previous', 1, ws.contents().length],
    ]);
    expect((await ws.plan()).header.outcome).toBe('no_changes');
    await ws.applied();
    expect(ws.chroma.names()).toEqual(names);
  });

  it('vectors of a model that the manifest does not name are never taken for its own', async () => {
    fill(2);
    await ws.applied();
    ws.loseState();
    anotherModel();
    const report = await ws.rebuild();
    expect(report.not_known[0]).toContain(COLLECTION);
    const found = await ws.plan();
    expect(found.index.index_actions).toEqual([{ action: 'replace', reasons: ['embedding'] }]);
    await ws.applied();
    expect(ws.contents()).toEqual(await ws.fresh());
  });
});

function anotherModel(): void {
  for (const [i, one] of ws.manifests.entries()) {
    ws.manifests[i] = { ...one, embedding: { ...one.embedding, dimensions: 32 } };
  }
}

/** Of the same documents, in the same collection. */
function sibling(): Manifest {
  const [first] = manifestOf(ws.docs).sources;
  if (first === undefined) throw new Error('no source');
  return manifestOf(ws.docs, { manifest_id: 'other', sources: [{ ...first, id: 'o' }] });
}
