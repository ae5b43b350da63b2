/** Where no Chroma can run, every test that needs one is skipped by name; the global setup has said why. */
import { beforeEach, inject } from 'vitest';

/** These bring their own servers, or need none. */
const INDEPENDENT =
  /[\\/](help|model|write-protocol|every-call)\.test\.ts$|[\\/]integration[\\/]embedding[\\/]/;

beforeEach((context) => {
  if (inject('chromaUrl') !== '' || INDEPENDENT.test(context.task.file.filepath)) return;
  context.skip('no Chroma can run here');
});
