/** The Chroma of one test file: started before its tests, stopped behind them. */
import { afterAll, beforeAll } from 'vitest';
import { startTestChroma, type TestChroma } from './chroma.js';

/** To be called once, at the top. It answers from the first `beforeEach` on. */
export function useChroma(): Omit<TestChroma, 'stop'> {
  let started: TestChroma | undefined;
  beforeAll(async () => {
    started = await startTestChroma();
  });
  afterAll(() => started?.stop());
  const chroma = (): TestChroma => {
    if (started === undefined) throw new Error('Chroma starts with the tests, not before them');
    return started;
  };
  return {
    get url() {
      return chroma().url;
    },
    get pid() {
      return chroma().pid;
    },
    get folder() {
      return chroma().folder;
    },
  };
}
