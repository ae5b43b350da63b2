/** Looking into the recorded state, taking it out as lines, and forgetting parts of it, over a memory Chroma. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateReader } from '../../../src/domain/ports/state.js';
import { recordedDocuments, recordedIndexes, recordedLines, recordedOf } from '../../../src/pipeline.js';
import { COLLECTION, Workspace } from '../../support/memory-workspace.js';

let ws: Workspace;

beforeEach(() => {
  ws = new Workspace();
  for (let i = 0; i < 4; i++) ws.write(`d${i}.md`, article(`d${i}`));
});
afterEach(() => ws.dispose());

const article = (topic: string): string =>
  ['one', 'two', 'three']
    .map((part) => `## ${topic} ${part}\n\nThe ${part} part of ${topic} says what is to be said, in full.\n`)
    .join('\n');
const lines = (state: StateReader) =>
  [...recordedLines(state, { environment: 'dev', toolVersion: '0' })] as { type: string }[];
const gist = async (options = {}): Promise<string[]> =>
  (await ws.plan(options)).changes.map(({ action, uri }) => `${action} ${uri}`);

describe('looking', () => {
  it('finds an index, its documents by glob, a document by uri and a chunk by id', async () => {
    await ws.applied();
    ws.state((state) => {
      expect([...recordedIndexes(state)]).toMatchObject([
        { manifest_id: 'docs', collection: COLLECTION, documents: 4, chunks: 12, outcome: 'applied' },
      ]);
      expect([...recordedDocuments(state, 'h/d[12]*', undefined)].map((row) => row.uri)).toEqual([
        'h/d1.md',
        'h/d2.md',
      ]);
      expect([...recordedDocuments(state, undefined, 'docs')].length).toBe(4);
      const document = recordedOf(state, 'h/d1.md');
      if (document.kind !== 'document') throw new Error(document.kind);
      const [found] = document.documents;
      expect(found).toMatchObject({ row: { uri: 'h/d1.md', n_chunks: 3 }, role: 'live', intents: [] });
      expect(found?.chunks.map((chunk) => chunk.ordinal)).toEqual([0, 1, 2]);
      const id = found?.chunks[1]?.chunk_id ?? '';
      expect(recordedOf(state, id)).toMatchObject({
        kind: 'chunk',
        chunks: [{ chunk_id: id, ordinal: 1, uri: 'h/d1.md', document: { n_chunks: 3 } }],
      });
      expect(recordedOf(state, 'docs')).toMatchObject({
        kind: 'index',
        collections: [{ role: 'live', documents: 4 }],
      });
      for (const name of ['h/no.md', 'f'.repeat(32)]) {
        expect(() => recordedOf(state, name)).toThrow(expect.objectContaining({ code: 'E506' }));
      }
      expect(() => [...recordedDocuments(state, undefined, 'other')]).toThrow(/other/);
    });
  });

  it('a refused document and one in the middle of a change are found too', async () => {
    await ws.applied();
    ws.write('bad.md', Buffer.from([0xff, 0xfe, 0x00, 0x41]));
    ws.write('d0.md', `${article('d0')}\n## more\n\nAnother part that was not there, in full.\n`);
    await ws.applied();
    expect(ws.state((state) => recordedOf(state, 'h/bad.md'))).toMatchObject({
      kind: 'document',
      documents: [],
      rejects: [{ manifest_id: 'docs', uri: 'h/bad.md' }],
    });
  });
});

describe('an export', () => {
  it('holds every row once, in an order of its own, and says how many', async () => {
    await ws.applied();
    const found = ws.state(lines);
    const counts: Record<string, number> = {};
    for (const { type } of found) counts[type] = (counts[type] ?? 0) + 1;
    const events = ws.state((state) => [...state.journal(undefined, 0)].length);
    expect(counts).toEqual({
      header: 1,
      collection: 1,
      index: 1,
      document: 4,
      chunk: 12,
      source: 1,
      contract: 1,
      batch: 1,
      run: 1,
      event: events,
      end: 1,
    });
    expect(found[0]).toMatchObject({ format: 'ingest-state', format_version: '1.1', environment: 'dev' });
    expect(found.at(-1)).toEqual({ type: 'end', rows: found.length - 2 });
    expect(ws.state(lines)).toEqual(found);
    // Every column of every table is there: what is added to the schema is to be added here.
    const tables = {
      documents: 'document',
      chunks: 'chunk',
      collections: 'collection',
      indexes: 'index',
      runs: 'run',
      batches: 'batch',
    };
    for (const [table, type] of Object.entries(tables)) {
      const [row] = (ws.rows([table]) as Record<string, object[]>)[table] ?? [];
      const line = found.find((one) => one.type === type);
      const missing = Object.keys(row ?? {}).filter((column) => !(column in (line ?? {})));
      expect({ table, missing: missing.filter((column) => !['scope', 'no'].includes(column)) }).toEqual({
        table,
        missing: [],
      });
    }
  });

  it('of nothing recorded is a header and an end', () => {
    expect(ws.state(lines).map(({ type }) => type)).toEqual(['header', 'end']);
  });
});

describe('forgetting', () => {
  it('documents: Chroma is untouched, the plan creates what is still there, apply writes the same records again', async () => {
    await ws.applied();
    const live = ws.contents();
    const writes = ws.chroma.writes.length;
    const report = await ws.forget({ glob: 'h/d[01]*' });
    expect(report).toMatchObject({
      outcome: 'forgotten',
      whole: false,
      documents: 2,
      chunks: 6,
      unfinished: 0,
    });
    expect(ws.chroma.writes.length).toBe(writes);
    expect(ws.state((state) => state.counts(state.indexes()[0]?.collection_id ?? '', 'docs'))).toEqual({
      documents: 2,
      chunks: 6,
    });
    expect(await gist()).toEqual(['create h/d0.md', 'create h/d1.md']);
    expect(await ws.applied()).toMatchObject({ embedded: 0, failed: 0, applied: { create: 2 } });
    expect(ws.contents()).toEqual(live);
    expect((await ws.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });

  it('a document whose file is gone leaves records that only ids finds, as orphans', async () => {
    await ws.applied();
    await ws.forget({ glob: 'h/d3.md' });
    ws.remove('d3.md');
    const counted = await ws.plan();
    expect(counted.header.outcome).toBe('no_changes');
    expect(counted.index.warnings.map((warning) => warning.key)).toEqual(['foreign-growth']);
    expect(await gist({ verify: 'ids' })).toEqual(['repair h/d3.md']);
    await ws.applied({ verify: 'ids' });
    expect(ws.contents()).toEqual(await ws.fresh());
  });

  it('an index: every document is created anew in place, and the backup is the way back', async () => {
    await ws.applied();
    const rows = ws.rows();
    const live = ws.contents();
    const { backup, whole } = await ws.forget({ manifestId: 'docs' });
    expect(whole).toBe(true);
    expect(ws.rows(['indexes', 'scopes', 'documents', 'chunks', 'sources', 'collections'])).toEqual({
      indexes: [],
      scopes: [],
      documents: [],
      chunks: [],
      sources: [],
      collections: [],
    });
    expect((await gist()).filter((line) => line.startsWith('create')).length).toBe(4);
    ws.restore(backup ?? '');
    expect(ws.rows()).toEqual(rows);
    expect((await ws.plan()).header.outcome).toBe('no_changes');

    await ws.forget({ manifestId: 'docs' });
    expect(await ws.applied()).toMatchObject({ embedded: 0, failed: 0, applied: { create: 4 } });
    expect(ws.contents()).toEqual(live);
    expect((await ws.plan({ verify: 'content' })).header.outcome).toBe('no_changes');
  });

  it('nothing that matches, or a no, changes nothing; an unknown index is an error', async () => {
    await ws.applied();
    const rows = ws.rows(['documents', 'state', 'journal']);
    expect(await ws.forget({ glob: 'none/**' })).toMatchObject({
      outcome: 'nothing_to_forget',
      backup: null,
    });
    expect(await ws.forget({ glob: '**', approve: false })).toMatchObject({
      outcome: 'declined',
      documents: 4,
    });
    await expect(ws.forget({ manifestId: 'other' })).rejects.toMatchObject({ code: 'E506' });
    expect(ws.rows(['documents', 'state', 'journal'])).toEqual(rows);
  });

  it('documents in the middle of a change are said to be', async () => {
    await ws.applied();
    for (let i = 0; i < 4; i++)
      ws.write(`d${i}.md`, `${article(`d${i}`)}\n## more\n\nOne part more of d${i}, in full.\n`);
    // Dies when a part of the writes is promised.
    for (
      let dieAt = 4;
      ws.state((s) => [...s.intents(s.indexes()[0]?.collection_id ?? '', 'docs')].length) === 0;
      dieAt++
    ) {
      if (!(await ws.killed(dieAt))) throw new Error('it ended before anything was promised');
    }
    const report = await ws.forget({ glob: '**' });
    expect(report.unfinished).toBeGreaterThan(0);
    expect(ws.rows(['documents', 'chunks', 'intents'])).toEqual({ documents: [], chunks: [], intents: [] });
  });
});
