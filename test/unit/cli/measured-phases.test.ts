import { expect, it } from 'vitest';
import { MeasuredPhases, timedProvider } from '../../../src/cli/telemetry/measured-phases.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import { type EmbeddingProvider, NO_RATE_LIMITS } from '../../../src/domain/ports/embedder.js';
import { renderTimings } from '../../../src/report/render-timings.js';
import { plainStyle } from '../../../src/report/style.js';

function measuring() {
  let now = 500;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => now,
    random: () => 0,
    sleep: () => Promise.resolve(),
  };
  const measured = new MeasuredPhases(clock, 500);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { measured, pass };
}

function deferred() {
  let resolve: (value: string) => void = () => {};
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

it('counts a phase once while several of it are under way', async () => {
  const { measured, pass } = measuring();
  const first = deferred();
  const second = deferred();
  const one = measured.time('embed', () => first.promise);
  pass(100);
  const two = measured.time('embed', () => second.promise);
  pass(100);
  first.resolve('a');
  expect(await one).toBe('a');
  pass(100);
  second.resolve('b');
  expect(await two).toBe('b');
  pass(50);
  expect(measured.timings()).toEqual({ wall_ms: 350, phases: [{ phase: 'embed', busy_ms: 300, times: 2 }] });
});

it('counts what fails, and what is still under way; the order is that of the run', async () => {
  const { measured, pass } = measuring();
  const fail = (): never => {
    pass(5);
    throw new Error('refused');
  };
  expect(() => measured.time('commit', fail)).toThrow('refused');
  await expect(measured.time('upsert', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  void measured.time('live', () => new Promise(() => {}));
  pass(10);
  expect(measured.timings().phases).toEqual([
    { phase: 'live', busy_ms: 10, times: 1 },
    { phase: 'upsert', busy_ms: 0, times: 1 },
    { phase: 'commit', busy_ms: 5, times: 1 },
  ]);
});

it('leaves a provider as it is, private parts too, and times its requests', async () => {
  const { measured, pass } = measuring();
  class Provider implements EmbeddingProvider {
    #asked = 0;
    readonly name = 'test';
    readonly model = 'm';
    readonly fingerprint = 'f';
    readonly maxBatch = 1;
    readonly maxConcurrency = 1;
    readonly rateLimits = NO_RATE_LIMITS;
    readonly pricePerMillionTokens = undefined;
    get dimensions(): number {
      return this.#asked;
    }
    async embed(texts: readonly string[]): Promise<Float32Array[]> {
      this.#asked += texts.length;
      pass(7);
      return texts.map(() => new Float32Array(1));
    }
  }
  const provider = timedProvider(new Provider(), measured);
  expect(await provider.embed(['a', 'b'], 'passage', new AbortController().signal)).toHaveLength(2);
  expect([provider.name, provider.dimensions]).toEqual(['test', 2]);
  expect(measured.timings().phases).toEqual([{ phase: 'embed', busy_ms: 7, times: 1 }]);
});

it('is told with shares of the wall time, and says that phases overlap where they do', () => {
  const phase = (name: 'embed' | 'upsert', busy_ms: number) => ({ phase: name, busy_ms, times: 3 });
  const shown = (wall_ms: number) => [
    ...renderTimings(
      { wall_ms, phases: [phase('embed', 30_100), phase('upsert', 28_700)] },
      { style: plainStyle },
    ),
  ];
  expect(shown(41_200)).toEqual([
    'Timings   41 s in all',
    '  embed           30 s    73%  3 times',
    '  upsert          29 s    70%  3 times',
    '  phases overlap: each is the time in which it was busy',
  ]);
  expect(shown(80_000)).toHaveLength(3);
});
