/** A process that was suspended while another took over: it notices before it sends anything more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { afterBatches, InterruptRig, paragraphs, whileEmbedding } from '../cli/interrupt-rig.js';
import type { RunningCli } from '../support/ingest-cli.js';
import { HeldChroma, letPass, refuse } from './held-chroma.js';
import { applyImpatiently } from './impatient-apply.js';

const chromaUrl = inject('chromaUrl');
/** In writes of so many records. */
const BATCH = 100;
const SIZE = 250;
const upsert = (path: string): boolean => path.endsWith('/upsert');

// Windows cannot suspend a process by a signal.
describe.skipIf(chromaUrl === '' || process.platform === 'win32')('a suspended apply', () => {
  let rig: InterruptRig;
  let chroma: HeldChroma;

  const start = async (): Promise<void> => {
    chroma = new HeldChroma(chromaUrl);
    rig = await InterruptRig.start(chromaUrl, await chroma.start(), { batch: BATCH });
    rig.workspace.write('docs/big.txt', paragraphs('big', SIZE));
  };

  afterEach(async () => {
    await rig.stop();
    await chroma.stop();
  });

  /** Lets another take over, wakes the first, and sees that it has ended without a word to Chroma. */
  const overtake = async (
    sleeper: RunningCli,
    wake: () => Promise<void> | void = () => {},
  ): Promise<void> => {
    chroma.hold = () => false;
    expect(await applyImpatiently(rig.workspace.root, rig.env)).toMatchObject({ outcome: 'applied' });
    const writes = chroma.writes.length;
    await wake();
    sleeper.kill('SIGCONT');
    const result = await sleeper.finished;
    expect(result.code, result.stdout + result.stderr).toBe(1);
    expect(result.stdout + result.stderr).toContain('E504 the lease was lost');
    expect(chroma.writes.slice(writes)).toEqual([]);
    await rig.checkConverged();
  };

  // Half a minute of waiting: with INGEST_TEST_FULL=1 only.
  it.runIf(process.env['INGEST_TEST_FULL'] === '1')(
    'is taken over by the program when its heartbeat stood still for half a minute',
    async () => {
      await start();
      chroma.hold = upsert;
      const sleeper = rig.apply();
      const put = await chroma.next(sleeper);
      sleeper.kill('SIGSTOP');
      chroma.hold = () => false;
      const next = await rig.apply('--json').finished;
      expect(next.code, next.stderr).toBe(0);
      expect(next.stderr).toContain(`pid ${sleeper.child.pid}: looking whether it is alive`);
      await letPass(put);
      const writes = chroma.writes.length;
      sleeper.kill('SIGCONT');
      expect(await sleeper.finished).toMatchObject({ code: 1, stdout: expect.stringContaining('E504') });
      expect(chroma.writes.slice(writes)).toEqual([]);
      await rig.checkConverged();
    },
  );

  it('in the middle of a batch, takes its answer and sends nothing more', async () => {
    await start();
    chroma.hold = (path, before) => upsert(path) && before === 1;
    const sleeper = rig.apply();
    const second = await chroma.next(sleeper);
    sleeper.kill('SIGSTOP');
    await overtake(sleeper, () => letPass(second));
  });

  it('between two tries of a request, does not try again', async () => {
    await start();
    chroma.hold = upsert;
    const sleeper = rig.apply();
    refuse(await chroma.next(sleeper));
    sleeper.kill('SIGSTOP');
    // A sleep that let another take over was longer than this.
    await sleep(6000);
    await overtake(sleeper);
  });

  it('before its first put, puts nothing', async () => {
    await start();
    rig.server.always({ kind: 'slow', ms: 1000 });
    const sleeper = rig.apply();
    const begun = { seq: 0, requests: 0 };
    while (!whileEmbedding(1).come(rig, begun)) await sleep(2);
    sleeper.kill('SIGSTOP');
    rig.server.always({ kind: 'ok' });
    await overtake(sleeper);
    expect(afterBatches(2).come(rig, begun)).toBe(true);
  });
});
