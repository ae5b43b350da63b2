import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { mintRunId } from '../../../src/cli/session/mint-run-id.js';
import { LeaseHeld } from '../../../src/domain/lease-held.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import type { ProcessProbe } from '../../../src/recorded/process-probe.js';
import { chunkRow, documentRow } from './rows-fixture.js';
import { runChild } from './run-child.js';
import { closing, fingerprint, temporaryFolder, writer } from './state-fixture.js';

const here = { host: hostname(), heartbeatMs: 50, ttlMs: 1500 };
const nobodyKnows: ProcessProbe = { bootId: () => null, look: () => ({ state: 'there', start: null }) };
const documents = (state: { documents(c: string, m: string): Iterable<{ uri: string }> }) =>
  [...state.documents('C', 'm')].map((row) => row.uri);

describe('the lease', () => {
  it('is given once; the second run learns who holds it and since when', async () => {
    const folder = temporaryFolder();
    const first = await writer(folder, { ...here, runId: '01FIRST', user: 'ana' });
    const waiting: string[] = [];
    const second = writer(folder, { ...here, runId: '01SECOND', onWaiting: (h) => waiting.push(h.run_id) });
    const refused: unknown = await second.catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LeaseHeld);
    expect(refused).toMatchObject({ code: 'E503', holder: { run_id: '01FIRST', user: 'ana', fence: 1 } });
    expect(waiting).toEqual(['01FIRST']);
    first.assertHeld();
    const { lineage } = first;
    first.close();
    const third = await writer(folder, here);
    expect(third.fence).toBe(2);
    expect(third.lineage).toBe(lineage);
  });

  it('goes to exactly one of twenty that ask at once', async () => {
    const folder = temporaryFolder();
    const asking = Array.from({ length: 20 }, (_, n) => writer(folder, { ...here, runId: `01RUN${n}` }));
    const answers = await Promise.allSettled(asking);
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    const losers = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(losers).toEqual(Array(19).fill('E503'));
  });

  it('goes to exactly one of eight processes that ask at once', async () => {
    const folder = temporaryFolder();
    const children = Array.from({ length: 8 }, (_, n) => runChild(['hold', folder, `01P${n}`]));
    const answers = await Promise.all(children.map((child) => child.line()));
    expect(answers.filter((answer) => answer === 'held 1')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'E503')).toHaveLength(7);
  });

  it('is taken over at once from a process that was killed', async () => {
    const folder = temporaryFolder();
    const child = runChild(['hold', folder, '01KILLED']);
    expect(await child.line()).toBe('held 1');
    child.say('write');
    expect(await child.line()).toBe('written');
    await child.killNow();
    // An hour of TTL: only proof can be the reason.
    const next = await writer(folder, { ...here, ttlMs: 3_600_000 });
    expect(next.fence).toBe(2);
    expect(documents(next)).toEqual(['a/01KILLED-0.md']);
    next.close();
    expect(Object.keys(fingerprint(folder))).toEqual(['ingest.db']);
  });

  it('is taken over at once when the pid now belongs to another process', async () => {
    const folder = temporaryFolder();
    const start = (value: string): ProcessProbe => ({
      bootId: () => 'boot',
      look: () => ({ state: 'there', start: value }),
    });
    const first = await writer(folder, { ...here, processes: start('100') });
    const second = await writer(folder, { ...here, ttlMs: 3_600_000, processes: start('200') });
    expect(second.fence).toBe(first.fence + 1);
  });

  it('is not taken at once from another boot, host or pid name space, where a missing pid proves nothing', async () => {
    const folder = temporaryFolder();
    await writer(folder, { ...here, processes: { ...nobodyKnows, bootId: () => 'boot/ns-1' } });
    const gone: ProcessProbe = { bootId: () => 'boot/ns-2', look: () => ({ state: 'gone' }) };
    await expect(writer(folder, { ...here, processes: gone })).rejects.toMatchObject({ code: 'E503' });
    await expect(
      writer(folder, { ...here, host: 'elsewhere', processes: { ...gone, bootId: () => 'boot/ns-1' } }),
    ).rejects.toMatchObject({ code: 'E503' });
  });

  it('is kept by a holder whose main thread is busy', async () => {
    const folder = temporaryFolder();
    const child = runChild(['hold', folder, '01BUSY']);
    expect(await child.line()).toBe('held 1');
    child.say('busy');
    expect(await child.line()).toBe('busy');
    await expect(writer(folder, here)).rejects.toMatchObject({ code: 'E503' });
    expect(await child.line()).toBe('back');
  });

  it.skipIf(process.platform === 'win32')(
    'is taken over from a suspended holder, which then keeps nothing of what it writes',
    async () => {
      const folder = temporaryFolder();
      const child = runChild(['hold', folder, '01SLEEPER']);
      expect(await child.line()).toBe('held 1');
      child.process.kill('SIGSTOP');
      const next = await writer(folder, here);
      expect(next.fence).toBe(2);
      child.process.kill('SIGCONT');
      child.say('write');
      expect(await child.line()).toBe('E504');
      next.transaction((tx) => tx.putDocument('C', 'm', documentRow('a/1.md'), []));
      child.say('close');
      expect(await child.line()).toBe('closed');
      next.assertHeld();
      expect(documents(next)).toEqual(['a/1.md']);
    },
  );

  it('when lost makes every later transaction keep nothing, and is not freed by the loser', async () => {
    const folder = temporaryFolder();
    const first = await writer(folder, { ...here, processes: nobodyKnows });
    first.transaction((tx) => tx.putDocument('C', 'm', documentRow('a/1.md'), [chunkRow('a/1.md', 'k1')]));
    const dead: ProcessProbe = { bootId: () => null, look: () => ({ state: 'gone' }) };
    const second = await writer(folder, { ...here, runId: '01TAKER', processes: dead });
    const write = () => first.transaction((tx) => tx.deleteDocument('C', 'm', 'a/1.md'));
    expect(write).toThrow(expect.objectContaining({ code: 'E504' }));
    expect(() => first.assertHeld()).toThrow(expect.objectContaining({ code: 'E504' }));
    first.close();
    second.assertHeld();
    expect(second.leaseHolder()?.run_id).toBe('01TAKER');
    expect(documents(second)).toEqual(['a/1.md']);
    expect(second.serial()).toBe(1);
  });

  it('names a run after all before it, also the one that it takes over, when the clock was set back', async () => {
    const folder = temporaryFolder();
    const dead: ProcessProbe = { bootId: () => null, look: () => ({ state: 'gone' }) };
    const told: (string | undefined)[] = [];
    const ids: string[] = [];
    for (const now of [9e11, 8e11, 7e11]) {
      const mint = (newest: string | undefined) => {
        told.push(newest);
        return mintRunId(now, newest);
      };
      // Each takes it from the one before, of which nothing but the lease was ever recorded.
      const state = await writer(folder, { ...here, processes: dead, mintRunId: mint });
      expect(state.leaseHolder()?.run_id).toBe(state.runId);
      ids.push(state.runId);
    }
    expect(told).toEqual([undefined, ...ids.slice(0, 2)]);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('is given back when the holder closes, and closing twice is harmless', async () => {
    const folder = temporaryFolder();
    const state = await writer(folder, here);
    expect(state.leaseHolder()?.run_id).toBe('01RUN');
    state.close();
    state.close();
    expect(closing(openStateReader(folder)).leaseHolder()).toBeUndefined();
  });

  it('stops being waited for when the run is interrupted', async () => {
    const folder = temporaryFolder();
    const stopped = { ...here, heartbeatMs: 3_600_000, ttlMs: 3_600_000 };
    await writer(folder, { ...stopped, processes: nobodyKnows });
    const controller = new AbortController();
    const waiting = writer(folder, {
      ...stopped,
      processes: nobodyKnows,
      signal: controller.signal,
      onWaiting: () => controller.abort(new Error('SIGINT')),
    });
    await expect(waiting).rejects.toThrow('SIGINT');
  });
});
