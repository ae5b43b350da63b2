/** A run that lost its lease changes nothing: whatever it would do in a transaction, however it lost it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StateTransaction, StateWriter } from '../../../src/domain/ports/state.js';
import type { BatchRow, LandedRow, RejectRow } from '../../../src/domain/state-rows.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { STATE_FILE } from '../../../src/recorded/open-state.js';
import { chunkRow, collectionRow, documentRow, indexRow, intent, runRow } from './rows-fixture.js';
import { temporaryFolder, writer } from './state-fixture.js';

const reject = (uri: string): RejectRow => ({
  uri,
  source_id: 'a',
  content_sha256: 'c',
  gate_recipe: 'g',
  chunk_recipe: 'r',
  code: 'contract',
  reason: 'r',
  run_id: '01R',
  verdict: 'reject',
  codes: ['contract'],
  location: null,
  first_run: '01R',
});

const batch = (batch_id: string): BatchRow => ({
  batch_id,
  mode: 'apply',
  sources: [],
  documents: 1,
  first_run: '01R',
  last_run: '01R',
});

const landed = (uri: string): LandedRow => ({
  uri,
  content_sha256: 'c',
  version: null,
  blob: 'b',
  form: 'raw',
  parser: 'markdown',
  path: 'a',
  run_id: '01R',
});

/** Everything that a transaction can do; a method that is added does not compile until it is here. */
const METHODS: Readonly<Record<keyof StateTransaction, (tx: StateTransaction) => void>> = {
  append: (tx) => tx.append({ type: 'RUN_START', run_id: '01R', manifest_id: null, data: {} }),
  putCollection: (tx) => tx.putCollection(collectionRow('D')),
  dropCollection: (tx) => tx.dropCollection('C'),
  putIndex: (tx) => tx.putIndex(indexRow('n')),
  putDocument: (tx) => tx.putDocument('C', 'm', documentRow('a/2'), [chunkRow('a/2', 'k2')]),
  deleteDocument: (tx) => tx.deleteDocument('C', 'm', 'a/1'),
  openIntents: (tx) => tx.openIntents([intent('k9')]),
  markIntents: (tx) => tx.markIntents('C', 'put', ['k5'], 'confirmed'),
  clearIntents: (tx) => tx.clearIntents('C', 'm', 'a/5', 0),
  expireIntents: (tx) => {
    tx.expireIntents('m', Number.MAX_SAFE_INTEGER);
  },
  putReject: (tx) => tx.putReject('m', reject('a/3')),
  deleteReject: (tx) => tx.deleteReject('m', 'a/1'),
  putContract: (tx) => tx.putContract('m', { source_id: 'b', sha256: 's', text: '{}', run_id: '01R' }),
  deleteContract: (tx) => tx.deleteContract('m', 'a'),
  putCursor: (tx) =>
    tx.putCursor('m', {
      source_id: 'b',
      field: 'at',
      type: 'number',
      cursor: '1',
      watermark: '1',
      checkpoint: null,
      run_id: '01R',
      updated_at: '',
    }),
  putBatch: (tx) => tx.putBatch('m', batch('b2')),
  putLanded: (tx) => tx.putLanded('m', 'b1', landed('a/2')),
  dropLanded: (tx) => tx.dropLanded('m', 'b1', ['a/1']),
  dropRawLanded: (tx) => tx.dropRawLanded('m', 'a/1'),
  putSource: (tx) =>
    tx.putSource('m', { source_id: 'b', type: 'files', fingerprint: 'f', documents: 1, run_id: '01R' }),
  putRun: (tx) => tx.putRun(runRow('01R')),
  usePlan: (tx) => tx.usePlan('p', 'l', 1, '01R'),
  dropIndex: (tx) => tx.dropIndex('m'),
  startOver: (tx) => tx.startOver('another lineage'),
  forgetDocument: (tx) => tx.forgetDocument('C', 'm', 'a/1'),
};

const LOSSES = {
  'taken over': "UPDATE lease SET fence = fence + 1, run_id = '01TAKER'; UPDATE state SET fence = fence + 1",
  unlocked: 'DELETE FROM lease',
  'unlocked, and taken by another run that has ended':
    'DELETE FROM lease; UPDATE state SET fence = fence + 1',
};

/** Something for every method to change. */
function fill(run: StateWriter): void {
  run.transaction((tx) => {
    tx.putDocument('C', 'm', documentRow('a/1'), [chunkRow('a/1', 'k1')]);
    tx.openIntents([intent('k1', { uri: 'a/1' }), intent('k5', { uri: 'a/5' })]);
    // A lost request of a document that is done.
    tx.markIntents('C', 'put', ['k1'], 'unknown');
    tx.clearIntents('C', 'm', 'a/1', 0);
    tx.putReject('m', reject('a/1'));
    tx.putBatch('m', batch('b1'));
    tx.putLanded('m', 'b1', landed('a/1'));
    tx.putContract('m', { source_id: 'a', sha256: 's', text: '{}', run_id: '01R' });
  });
}

function dump(file: string): unknown {
  const db = openDatabase(file, { readonly: true });
  try {
    const tables = db.prepare<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables.map(({ name }) => [name, db.prepare(`SELECT * FROM ${name}`).all()]);
  } finally {
    db.close();
  }
}

it.each(Object.entries(METHODS))(
  'while the lease is held, %s changes what is recorded',
  async (_name, method) => {
    const folder = temporaryFolder();
    const run = await writer(folder);
    fill(run);
    const before = dump(join(folder, STATE_FILE));
    run.transaction(method);
    expect(dump(join(folder, STATE_FILE))).not.toEqual(before);
  },
);

describe.each(Object.entries(LOSSES))('a lease that was %s', (_how, sql) => {
  it.each(Object.entries(METHODS))('refuses %s, and keeps nothing', async (_name, method) => {
    const folder = temporaryFolder();
    const file = join(folder, STATE_FILE);
    const run = await writer(folder);
    fill(run);
    const other = openDatabase(file);
    other.exec(sql);
    other.close();
    const lost = dump(file);
    let entered = false;
    const attempt = () =>
      run.transaction((tx) => {
        entered = true;
        method(tx);
      });
    expect(attempt).toThrow(expect.objectContaining({ code: 'E504' }));
    expect(() => run.assertHeld()).toThrow(expect.objectContaining({ code: 'E504' }));
    expect(entered).toBe(false);
    expect(dump(file)).toEqual(lost);
    // Closing frees no lease that is another's.
    run.close();
    expect(dump(file)).toEqual(lost);
  });
});
