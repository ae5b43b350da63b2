import { describe, expect, it } from 'vitest';
import type { IntentStatus } from '../../../src/domain/state-rows.js';
import type { LeasedWriter } from '../../../src/recorded/state-writer.js';
import { chunkRow, collectionRow, documentRow, event, intent, runRow } from './rows-fixture.js';
import { temporaryFolder, writer } from './state-fixture.js';

const failure = (code: string) => expect.objectContaining({ code });
const statuses = (state: LeasedWriter): [string, number, IntentStatus][] =>
  [...state.intents('C', 'm')].map((row) => [row.record_id, row.fence, row.status]);

describe('a transaction', () => {
  it('raises the serial by one when it changed something, and not when it changed nothing', async () => {
    const state = await writer(temporaryFolder());
    expect(state.serial()).toBe(0);
    state.transaction((tx) => {
      tx.putCollection(collectionRow('C'));
      tx.append(event('RUN_START'));
    });
    expect(state.serial()).toBe(1);
    state.transaction((tx) => tx.deleteDocument('C', 'm', 'a/none.md'));
    state.transaction((tx) => tx.expireIntents('m', 5));
    expect(state.serial()).toBe(1);
  });

  it('keeps nothing, not even its events, when it throws', async () => {
    const state = await writer(temporaryFolder());
    const failing = () =>
      state.transaction((tx) => {
        tx.putDocument('C', 'm', documentRow('a/1.md'), [chunkRow('a/1.md', 'k1')]);
        tx.append(event('DOC_COMMITTED'));
        throw new Error('stop');
      });
    expect(failing).toThrow('stop');
    expect(state.serial()).toBe(0);
    expect(state.counts('C', 'm')).toEqual({ documents: 0, chunks: 0 });
    expect([...state.journal(undefined, 0)]).toEqual([]);
    expect(state.transaction(() => 7)).toBe(7);
  });

  it('numbers events strictly rising, with time and version, across runs', async () => {
    const folder = temporaryFolder();
    let now = Date.parse('2026-11-21T23:41:09.000Z');
    const clock = { now: () => now, monotonic: () => now, random: () => 0, sleep: async () => {} };
    const first = await writer(folder, { clock });
    first.transaction((tx) => tx.append(event('RUN_START', { n: { deep: ['ä'] } })));
    first.close();
    now += 1000;
    const second = await writer(folder, { clock, runId: '02RUN' });
    second.transaction((tx) => {
      for (let n = 0; n < 1200; n++) tx.append(event('DOC_BEGIN', { n }, '02RUN'));
    });
    const all = [...second.journal(undefined, 0)];
    expect(all).toHaveLength(1201);
    expect(all[0]).toEqual({
      seq: 1,
      ts: '2026-11-21T23:41:09.000Z',
      run_id: '01RUN',
      manifest_id: 'm',
      trace_id: null,
      batch_id: null,
      source_fingerprint: null,
      type: 'RUN_START',
      journal_version: 1,
      data: { n: { deep: ['ä'] } },
    });
    expect(all.map((found) => found.seq)).toEqual(Array.from({ length: 1201 }, (_, n) => n + 1));
    expect([...second.journal('01RUN', 0)]).toHaveLength(1);
    expect([...second.journal('02RUN', 1200)].map((found) => found.data)).toEqual([{ n: 1199 }]);
  });

  it('lets a plan be used once per serial', async () => {
    const state = await writer(temporaryFolder());
    const use = (serial: number) => state.transaction((tx) => tx.usePlan('p', 'l', serial, '01RUN'));
    use(1);
    expect(() => use(1)).toThrow(failure('E607'));
    use(2);
    expect(state.planUsed('p', 'l', 2)).toBe('01RUN');
  });
});

describe('documents and chunks', () => {
  it('replace their older version, and counts follow without counting', async () => {
    const state = await writer(temporaryFolder());
    const put = (collection: string, manifest: string, uri: string, ids: string[]) =>
      state.transaction((tx) =>
        tx.putDocument(
          collection,
          manifest,
          documentRow(uri, { n_chunks: ids.length }),
          ids.map((id, n) => chunkRow(uri, id, n)),
        ),
      );
    put('C', 'm', 'a/1.md', ['k1', 'k2', 'k3']);
    put('C', 'm', 'a/1.md', ['k3', 'k4']);
    put('C', 'n', 'b/1.md', ['n1']);
    put('D', 'm', 'a/1.md', ['k9']);
    expect(state.counts('C', 'm')).toEqual({ documents: 1, chunks: 2 });
    expect(state.counts('C', undefined)).toEqual({ documents: 2, chunks: 3 });
    expect(state.counts('D', undefined)).toEqual({ documents: 1, chunks: 1 });
    expect(state.chunks('C', 'm', 'a/1.md').map((chunk) => chunk.chunk_id)).toEqual(['k3', 'k4']);
    state.transaction((tx) => tx.deleteDocument('C', 'm', 'a/1.md'));
    state.transaction((tx) => tx.deleteDocument('C', 'm', 'a/1.md'));
    expect(state.counts('C', undefined)).toEqual({ documents: 1, chunks: 1 });
    expect(state.chunk('C', 'k3')).toBeUndefined();
    expect(state.chunk('D', 'k9')?.uri).toBe('a/1.md');
    expect(state.documentsBySource('D', 'm')).toEqual(new Map([['a', 1]]));
  });

  it('come in order of UTF-8 bytes, over many pages, while rows are written and deleted between two', async () => {
    const state = await writer(temporaryFolder());
    const astral = 'a/\u{1f600}.md';
    const last = 'a/\uff5e.md';
    const uris = Array.from({ length: 1300 }, (_, n) => `a/${String(n).padStart(4, '0')}.md`);
    state.transaction((tx) => {
      for (const uri of [astral, last, ...uris]) tx.putDocument('C', 'm', documentRow(uri), []);
    });
    const seen: string[] = [];
    for (const row of state.documents('C', 'm')) {
      seen.push(row.uri);
      state.transaction((tx) => {
        tx.deleteDocument('C', 'm', row.uri);
        tx.putDocument('C', 'n', documentRow(row.uri), []);
      });
    }
    expect(seen).toEqual([...uris, last, astral]);
    expect(state.counts('C', 'm').documents).toBe(0);
    expect(state.counts('C', 'n').documents).toBe(1302);
  });

  it('give the chunks of all manifests of a collection in id order, and samples from anywhere', async () => {
    const state = await writer(temporaryFolder());
    const ids = Array.from({ length: 2500 }, (_, n) => (n * 7919).toString(16).padStart(8, '0'));
    state.transaction((tx) => {
      ids.forEach((id, n) => {
        const manifest = ['m', 'n', 'o'][n % 3] ?? 'm';
        tx.putDocument('C', manifest, documentRow(`a/${id}`), [chunkRow(`a/${id}`, id)]);
      });
      tx.putDocument('D', 'm', documentRow('a/x'), [chunkRow('a/x', '00000001')]);
    });
    const sorted = [...ids].sort();
    const walked = [...state.collectionChunks('C')];
    expect(walked.map((chunk) => chunk.chunk_id)).toEqual(sorted);
    expect(new Set(walked.map((chunk) => chunk.manifest_id))).toEqual(new Set(['m', 'n', 'o']));
    const from = sorted[1000] ?? '';
    expect(state.sampleChunkIds('C', from, 5)).toEqual(sorted.slice(1000, 1005));
    expect(state.sampleChunkIds('C', 'ffffffff', 5)).toEqual([]);
  });

  it('are found by the run that wrote them last', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => {
      tx.putDocument('C', 'm', documentRow('a/2', { run_id: '02' }), []);
      tx.putDocument('C', 'm', documentRow('a/1', { run_id: '02' }), []);
      tx.putDocument('C', 'm', documentRow('a/3', { run_id: '01' }), []);
    });
    expect([...state.documentsOfRun('C', 'm', '02')].map((row) => row.uri)).toEqual(['a/1', 'a/2']);
  });
});

describe('intents', () => {
  it('are open until they are marked, only those of the operation named, and go when their document is done', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => {
      tx.openIntents([intent('r1'), intent('r2'), intent('r2', { operation: 'delete' })]);
      tx.openIntents([intent('r9', { uri: 'a/2.md' })]);
      tx.markIntents('C', 'put', ['r1', 'r2'], 'confirmed');
    });
    expect(state.intentCounts('C', 'm')).toEqual({ open: 2, confirmed: 2, unknown: 0, unsettled: 0 });
    expect(
      state.intentsOf('C', 'm', 'a/1.md').map((row) => [row.record_id, row.operation, row.status]),
    ).toEqual([
      ['r1', 'put', 'confirmed'],
      ['r2', 'delete', 'open'],
      ['r2', 'put', 'confirmed'],
    ]);
    state.transaction((tx) => tx.clearIntents('C', 'm', 'a/1.md', 0));
    expect(statuses(state)).toEqual([['r9', 1, 'open']]);
  });

  it('that were ever unknown stay as unsettled until a late request cannot land, also when a redo was confirmed', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => {
      tx.openIntents([
        intent('lost', { settles_at: 1000 }),
        intent('fine'),
        intent('old', { settles_at: 500 }),
      ]);
      tx.markIntents('C', 'put', ['lost', 'old'], 'unknown');
      tx.openIntents([intent('lost', { settles_at: 2000 })]);
      tx.markIntents('C', 'put', ['lost', 'fine'], 'confirmed');
      tx.clearIntents('C', 'm', 'a/1.md', 900);
    });
    expect(statuses(state)).toEqual([['lost', 1, 'unsettled']]);
    expect(state.intentsOf('C', 'm', 'a/1.md')[0]?.settles_at).toBe(2000);
    expect(state.transaction((tx) => tx.expireIntents('n', 2000))).toBe(0);
    expect(state.transaction((tx) => tx.expireIntents('m', 1999))).toBe(0);
    expect(state.transaction((tx) => tx.expireIntents('m', 2000))).toBe(1);
    expect(statuses(state)).toEqual([]);
  });

  it('of an earlier fence are not marked by a later one, and stay as unsettled unless they were confirmed', async () => {
    const folder = temporaryFolder();
    const first = await writer(folder);
    first.transaction((tx) => {
      tx.openIntents([intent('r1'), intent('r2'), intent('r3')]);
      tx.markIntents('C', 'put', ['r2'], 'unknown');
      tx.markIntents('C', 'put', ['r3'], 'confirmed');
    });
    first.close();
    const second = await writer(folder);
    second.transaction((tx) => {
      tx.openIntents([intent('r1')]);
      tx.markIntents('C', 'put', ['r1', 'r2'], 'confirmed');
    });
    expect(statuses(second)).toEqual([
      ['r1', 1, 'open'],
      ['r1', 2, 'confirmed'],
      ['r2', 1, 'unknown'],
      ['r3', 1, 'confirmed'],
    ]);
    second.transaction((tx) => tx.clearIntents('C', 'm', 'a/1.md', 999));
    expect(statuses(second)).toEqual([
      ['r1', 1, 'unsettled'],
      ['r2', 1, 'unsettled'],
    ]);
    second.transaction((tx) => tx.clearIntents('C', 'm', 'a/1.md', 1000));
    expect(statuses(second)).toEqual([]);
  });

  it('come in order of uri and record, page by page', async () => {
    const state = await writer(temporaryFolder());
    const rows = Array.from({ length: 1100 }, (_, n) =>
      intent(`r${String(n % 11).padStart(2, '0')}`, {
        uri: `a/${String(Math.floor(n / 11)).padStart(3, '0')}`,
      }),
    );
    state.transaction((tx) => tx.openIntents([...rows].reverse()));
    const walked = [...state.intents('C', 'm')].map((row) => `${row.uri} ${row.record_id}`);
    expect(walked).toEqual(rows.map((row) => `${row.uri} ${row.record_id}`));
  });
});

describe('runs', () => {
  it('come newest first, keep their place when updated, and answer to an unambiguous prefix', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => {
      for (const id of ['01KB7Q4M', '01KB7R2F', '01KB8000']) tx.putRun(runRow(id));
      tx.putRun(runRow('01KB7Q4M', { outcome: 'applied', started_at: '2027-01-01T00:00:00Z' }));
    });
    expect(state.runs(2).map((run) => run.run_id)).toEqual(['01KB8000', '01KB7R2F']);
    expect(state.run('01kb7q')).toMatchObject({ run_id: '01KB7Q4M', outcome: 'applied' });
    expect(() => state.run('01KB7')).toThrow(failure('E505'));
    expect(() => state.run('99')).toThrow(failure('E505'));
    expect(() => state.run('')).toThrow(failure('E505'));
    expect(() => state.run('01KB7%')).toThrow(failure('E505'));
  });
});
