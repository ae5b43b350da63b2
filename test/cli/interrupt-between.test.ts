/** What happens to a document between an interruption and the next apply: each must end as a fresh build does. */
import { renameSync } from 'node:fs';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { afterBatches, changesOf, InterruptRig, paragraphs } from './interrupt-rig.js';

const chromaUrl = inject('chromaUrl');
/** Three batches: the kill after the first falls inside the document. */
const SIZE = 230;
const BATCH = 100;
const OLD = paragraphs('old', SIZE);
const NEW = paragraphs('new', SIZE);
const NEWER = paragraphs('newer', SIZE);
const BIG = 'notes/big.txt';

describe.skipIf(chromaUrl === '')(
  'a document of three batches, killed in the middle',
  { timeout: 240_000 },
  () => {
    let rig: InterruptRig;

    afterEach(async () => {
      await rig.stop();
    });

    /** Beside small documents that nobody touches; `applied` is its version before the interrupted one. */
    async function killed(applied: string | undefined): Promise<void> {
      rig = await InterruptRig.start(chromaUrl, chromaUrl, { batch: BATCH });
      for (let i = 0; i < 8; i++) rig.workspace.write(`docs/small-${i}.txt`, paragraphs(`small${i}x`, 3));
      if (applied !== undefined) rig.workspace.write('docs/big.txt', applied);
      await rig.applied();
      rig.workspace.write('docs/big.txt', NEW);
      await rig.interrupt('SIGKILL', afterBatches(1));
      await rig.checkInterrupted('SIGKILL');
    }

    async function planned(): Promise<unknown[]> {
      return changesOf(await rig.plan()).map(({ action, uri, moved_from, resume }) => ({
        action,
        uri,
        moved_from,
        resume,
      }));
    }

    it('edited in between, killed again, and edited once more', async () => {
      await killed(OLD);
      rig.workspace.write('docs/big.txt', NEWER);
      expect(await planned()).toEqual([{ action: 'update', uri: BIG, moved_from: null, resume: true }]);
      await rig.interrupt('SIGKILL', afterBatches(1));
      await rig.checkInterrupted('SIGKILL');
      rig.workspace.write('docs/big.txt', `${NEWER}\nAnd a last line that was added after both kills.\n`);
      const { result } = await rig.converge();
      expect(result.applied).toMatchObject({ create: 0, update: 1, delete: 0 });
    });

    it('edited back in between embeds nothing', async () => {
      await killed(OLD);
      rig.workspace.write('docs/big.txt', OLD);
      const { result } = await rig.converge();
      expect(result).toMatchObject({ embedded: 0, upserted: 0 });
      expect(result.deleted).toBeGreaterThanOrEqual(BATCH);
    });

    it('deleted in between, when an older version was applied', async () => {
      await killed(OLD);
      rig.workspace.remove('docs/big.txt');
      expect(await planned()).toEqual([{ action: 'delete', uri: BIG, moved_from: null, resume: true }]);
      await rig.converge();
      expect((await rig.records()).size).toBe(24);
    });

    it('deleted in between, when it was never applied to its end', async () => {
      await killed(undefined);
      rig.workspace.remove('docs/big.txt');
      expect(await planned()).toEqual([{ action: 'repair', uri: BIG, moved_from: null, resume: true }]);
      await rig.converge();
      expect((await rig.records()).size).toBe(24);
    });

    it('moved in between, when an older version was applied', async () => {
      await killed(OLD);
      renameSync(rig.workspace.path('docs/big.txt'), rig.workspace.path('docs/renamed.txt'));
      await rig.converge();
      expect((await rig.records()).size).toBe(24 + SIZE);
    });

    it('moved in between, when it was never applied to its end', async () => {
      await killed(undefined);
      renameSync(rig.workspace.path('docs/big.txt'), rig.workspace.path('docs/renamed.txt'));
      await rig.converge();
      expect((await rig.records()).size).toBe(24 + SIZE);
    });

    it('edited back and moved in between is a move that embeds nothing', async () => {
      await killed(OLD);
      rig.workspace.write('docs/big.txt', OLD);
      renameSync(rig.workspace.path('docs/big.txt'), rig.workspace.path('docs/renamed.txt'));
      const { result } = await rig.converge();
      expect(result).toMatchObject({ embedded: 0, applied: { move: 1, create: 0, delete: 0 } });
    });
  },
);
