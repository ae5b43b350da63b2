/**
 * Random histories of an index, with the promises looked after at every step. A history that breaks one shrinks to
 * the few steps that matter; they are printed, one a line, with what replays them:
 *
 *   INGEST_TEST_RUNS=5000        more histories than every day
 *   INGEST_TEST_SEED=... INGEST_TEST_PATH=... INGEST_TEST_REPLAY=...   one history again
 */
import fc from 'fast-check';
import { describe, inject, it, vi } from 'vitest';
import { memoryChroma, realChroma } from '../../support/chroma-under-test.js';
import { anyCommand, settled } from './commands.js';
import { Model } from './corpus.js';
import { Rig } from './rig.js';

const { INGEST_TEST_RUNS, INGEST_TEST_SEED, INGEST_TEST_PATH, INGEST_TEST_REPLAY } = process.env;
const RUNS = Number(INGEST_TEST_RUNS ?? 15);
/** Beside a server that answers in milliseconds, not in microseconds. */
const REAL_RUNS = Math.max(2, Math.round(RUNS / 30));

vi.setConfig({ testTimeout: 24 * 3_600_000 });

async function live(rig: Rig, history: Iterable<fc.AsyncCommand<Model, Rig>>): Promise<void> {
  try {
    const model = new Model();
    rig.sync(model);
    await fc.asyncModelRun(() => ({ model, real: rig }), history);
    await settled(model, rig);
  } finally {
    rig.dispose();
  }
}

function histories(maxCommands: number) {
  return fc.commands([anyCommand], {
    size: 'max',
    maxCommands,
    ...(INGEST_TEST_REPLAY === undefined ? {} : { replayPath: INGEST_TEST_REPLAY }),
  });
}

function parameters(numRuns: number): fc.Parameters<unknown> {
  return {
    numRuns,
    ...(INGEST_TEST_SEED === undefined ? {} : { seed: Number(INGEST_TEST_SEED) }),
    ...(INGEST_TEST_PATH === undefined ? {} : { path: INGEST_TEST_PATH }),
  };
}

describe('any history of edits, recipes, drifts, crashes and applies', () => {
  it('keeps the promises at every step, and ends as a fresh build', async () => {
    await fc.assert(
      fc.asyncProperty(histories(16), (history) => live(new Rig(memoryChroma()), history)),
      parameters(RUNS) as fc.Parameters<[Iterable<fc.AsyncCommand<Model, Rig>>]>,
    );
  });

  it.skipIf(inject('chromaUrl') === '')('does so on a real Chroma', async () => {
    const chroma = await realChroma(inject('chromaUrl'));
    await fc.assert(
      fc.asyncProperty(histories(10), (history) => live(new Rig(chroma), history)),
      parameters(REAL_RUNS) as fc.Parameters<[Iterable<fc.AsyncCommand<Model, Rig>>]>,
    );
  });
});
