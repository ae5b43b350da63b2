/**
 * Starts one Chroma for the whole test run and hands its url to the tests: `inject('chromaUrl')`. Where no Chroma
 * can run the url is empty; skip-without-chroma.ts then skips the tests by name.
 */
import type { TestProject } from 'vitest/node';
import { IngestError } from '../../src/domain/errors.js';
import { launchTestChroma } from './chroma.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a real Chroma shared by all tests of this run: use collection names of your own. Empty: none runs here. */
    chromaUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const chroma = await launchTestChroma();
    project.provide('chromaUrl', chroma.url);
    return () => chroma.stop();
  } catch (error) {
    if (!(error instanceof IngestError) || error.code !== 'E404') throw error;
    process.stderr.write(`SKIPPED: every test that needs a Chroma. ${error.message}\n${error.advice}\n`);
    project.provide('chromaUrl', '');
    return async () => {};
  }
}
