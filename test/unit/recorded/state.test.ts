import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { chunkRow, collectionRow, documentRow, indexRow, runRow } from './rows-fixture.js';
import { closing, temporaryFolder, writer } from './state-fixture.js';

describe('recorded state', () => {
  it('reads as nothing where nothing was recorded, and creates nothing', () => {
    const folder = temporaryFolder();
    const state = closing(openStateReader(`${folder}/none`));
    expect(state.lineage).toBeUndefined();
    expect(state.serial()).toBe(0);
    expect([...state.documents('C', 'm')]).toEqual([]);
    expect(state.counts('C', undefined)).toEqual({ documents: 0, chunks: 0 });
    expect([...state.journal(undefined, 0)]).toEqual([]);
    expect(state.leaseHolder()).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives back every row as it was put', async () => {
    const folder = temporaryFolder();
    const state = await writer(folder);
    const index = indexRow('m', { batch_id: 'b', prevent_destroy: false });
    const run = runRow('01AAA', { outcome: 'applied', manifests: ['m', 'n'] });
    const reject = {
      uri: 'a/x.md',
      source_id: 'a',
      content_sha256: 'c',
      gate_recipe: 'g',
      chunk_recipe: 'r',
      code: 'contract',
      reason: '/owner required',
      run_id: '01AAA',
      verdict: 'quarantine',
      codes: ['contract', 'metadata'],
      location: 'a.jsonl:7',
      first_run: '01AAA',
    } as const;
    const source = { source_id: 'a', type: 'files', fingerprint: 'f', documents: 3, run_id: '01AAA' };
    state.transaction((tx) => {
      tx.putCollection(collectionRow('C'));
      tx.putIndex(index);
      tx.putDocument('C', 'm', documentRow('a/1.md'), [
        chunkRow('a/1.md', 'k2', 1),
        chunkRow('a/1.md', 'k1', 0),
      ]);
      tx.putReject('m', reject);
      tx.putSource('m', source);
      tx.putRun(run);
      tx.usePlan('p', 'l', 4, '01AAA');
    });
    const lineage = state.lineage;
    state.close();
    const reader = closing(openStateReader(folder));
    expect(reader.lineage).toBe(lineage);
    expect(reader.collections()).toEqual([collectionRow('C')]);
    expect(reader.collection('C')).toEqual(collectionRow('C'));
    expect(reader.index('m')).toEqual(index);
    expect(reader.indexes()).toEqual([index]);
    expect(reader.document('C', 'm', 'a/1.md')).toEqual(documentRow('a/1.md'));
    expect(reader.chunks('C', 'm', 'a/1.md').map((chunk) => chunk.chunk_id)).toEqual(['k1', 'k2']);
    expect(reader.chunk('C', 'k2')).toEqual({ ...chunkRow('a/1.md', 'k2', 1), manifest_id: 'm' });
    expect(reader.chunk('D', 'k2')).toBeUndefined();
    expect(reader.reject('m', 'a/x.md')).toEqual(reject);
    expect([...reader.rejects('m')]).toEqual([reject]);
    expect(reader.sources('m')).toEqual([source]);
    expect(reader.runs(9)).toEqual([run]);
    expect(reader.planUsed('p', 'l', 4)).toBe('01AAA');
    expect(reader.planUsed('p', 'l', 5)).toBeUndefined();
  });
});
