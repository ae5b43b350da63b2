import { describe, expect, it } from 'vitest';
import { event, runRow } from './rows-fixture.js';
import { temporaryFolder, writer } from './state-fixture.js';

const batches = [
  {
    manifest_id: 'm',
    batch_id: 'batch-of-m',
    sources: [
      { source_id: 'a', fingerprint: 'print-of-a' },
      { source_id: 'b', fingerprint: 'print-of-b' },
    ],
  },
  { manifest_id: 'n', batch_id: 'batch-of-n', sources: [] },
];

async function started() {
  const state = await writer(temporaryFolder());
  state.transaction((tx) => {
    tx.putRun({ ...runRow('01RUN'), trace_id: 'trace-of-01' });
    tx.append({ ...event('RUN_START', { batches }), manifest_id: null });
  });
  return state;
}

describe('events as they are read', () => {
  it('carry the trace of their run, the batch of their index and the fingerprint of their source', async () => {
    const state = await started();
    state.transaction((tx) => {
      tx.append(event('DOC_COMMITTED', { uri: 'b/one.md' }));
      tx.append({ ...event('DOC_COMMITTED', { uri: 'b/one.md' }), manifest_id: 'n' });
      tx.append(event('CURSOR_ADVANCED', { source_id: 'a' }));
      tx.append(event('DELETE_STALE_BEGIN'));
    });
    const found = [...state.journal('01RUN', 0)].map(({ trace_id, batch_id, source_fingerprint }) => [
      trace_id,
      batch_id,
      source_fingerprint,
    ]);
    expect(found).toEqual([
      ['trace-of-01', null, null],
      ['trace-of-01', 'batch-of-m', 'print-of-b'],
      ['trace-of-01', 'batch-of-n', null],
      ['trace-of-01', 'batch-of-m', 'print-of-a'],
      ['trace-of-01', 'batch-of-m', null],
    ]);
    const stored = [...state.journalOf('b/one.md')];
    expect(stored.map((one) => one.batch_id)).toEqual(['batch-of-m', 'batch-of-n']);
  });

  it('are found by a reader that read of the run before it began', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => tx.append(event('STATE_UNLOCKED')));
    expect([...state.journal('01RUN', 0)][0]).toMatchObject({ trace_id: null, batch_id: null });
    state.transaction((tx) => {
      tx.putRun({ ...runRow('01RUN'), trace_id: 'trace-of-01' });
      tx.append({ ...event('RUN_START', { batches }), manifest_id: null });
      tx.append(event('DOC_COMMITTED', { uri: 'a/x.md' }));
    });
    expect([...state.journal('01RUN', 0)].at(-1)).toMatchObject({
      trace_id: 'trace-of-01',
      batch_id: 'batch-of-m',
      source_fingerprint: 'print-of-a',
    });
  });

  it('say nothing of runs that an older version began', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => {
      tx.putRun({ ...runRow('01RUN'), trace_id: 'trace-of-01' });
      tx.append({ ...event('RUN_START', { resume_active: false }), manifest_id: null });
      tx.append(event('DOC_COMMITTED', { uri: 'a/x.md' }));
    });
    expect([...state.journal('01RUN', 0)][1]).toMatchObject({
      trace_id: 'trace-of-01',
      batch_id: null,
      source_fingerprint: null,
    });
  });

  it('of the state alone, without a run, carry the trace of the command that wrote them', async () => {
    const state = await writer(temporaryFolder());
    state.transaction((tx) => tx.append(event('STATE_FORGOTTEN', { trace_id: 'trace-of-rm' }, '09RUN')));
    expect([...state.journal(undefined, 0)][0]).toMatchObject({ trace_id: 'trace-of-rm' });
  });
});
