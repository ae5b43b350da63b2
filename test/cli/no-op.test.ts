/** Costs follow the change, not the corpus: a plan of nothing opens no document. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { Project } from '../support/project.js';

const RECORDER = new URL('../support/record-opens.mjs', import.meta.url).href;

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(() => {
  project = new Project(chroma.url);
  project.manifest();
});
afterEach(() => project.dispose());

/** Documents that `ingest ...args` opened, by base name. */
async function openedBy(...args: readonly string[]): Promise<string[]> {
  const file = join(project.ws.root, 'opened.txt');
  rmSync(file, { force: true });
  const { code, stderr } = await project.run(args, {
    env: { RECORD_OPENS: file, NODE_OPTIONS: `--import=${RECORDER}` },
  });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const paths = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return [...new Set(paths.map((path) => /doc-\d+\.md$/.exec(path)?.[0]))]
    .filter((n) => n !== undefined)
    .sort();
}

it('a plan opens only documents whose stat changed', async () => {
  project.docs(5);
  expect(await openedBy('apply', '--auto-approve')).toHaveLength(5);
  // A file that was written within a tick of being hashed is not trusted, as git decides it.
  await sleep(200);
  await openedBy('plan');
  expect(await openedBy('plan')).toEqual([]);
  expect(await openedBy('apply')).toEqual([]);

  project.doc('doc-003.md', '# Three\n\nanother text\n');
  expect(await openedBy('plan')).toEqual(['doc-003.md']);
});
