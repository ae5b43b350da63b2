/** `state gc`: shows what would go, then does it; keeps what is needed; again is nothing; a kill in the middle costs nothing. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CleanedLanding } from '../../src/domain/state-reports.js';
import { openStateReader } from '../../src/recorded/open-state.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { parseJson } from '../support/ingest-cli.js';
import { article, filesBelow, Project } from '../support/project.js';

const KILLER = new URL('../support/die-at-removal.mjs', import.meta.url).href;

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());

/** Two batches of three documents, of which the second brought one; and three files that a crash left. */
beforeEach(async () => {
  project = new Project(chroma.url, true);
  project.manifest({ sources: { docs: ['root: ../docs', 'landing: true'] } });
  project.docs(3);
  await project.settle();
  project.doc('doc-001.md', article('another'));
  await project.settle();
  for (const left of ['one', 'two', 'three']) keep(left);
});
afterEach(() => project.dispose());

function keep(text: string): void {
  const sha = createHash('sha256').update(text).digest('hex');
  project.ws.write(`state/test/landing/${sha.slice(0, 2)}/${sha}.gz`, gzipSync(text));
}

const landed = (): string[] => filesBelow(project.ws.path('state', 'test', 'landing'));

/** The blobs that rows name, all of which must be there and be what they are called. */
function named(): string[] {
  const state = openStateReader(project.ws.path('state', 'test'));
  try {
    const rows = state.landedBatches().flatMap((one) => [...state.landed(one.manifest_id, one.batch_id)]);
    const blobs = [...new Set(rows.map(({ blob }) => blob))].sort();
    for (const blob of blobs) {
      const file = landed().find((path) => basename(path) === `${blob}.gz`);
      const bytes = file === undefined ? 'gone' : gunzipSync(readFileSync(file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(blob);
    }
    return blobs;
  } finally {
    state.close();
  }
}

const blobsOf = (files: readonly string[]): string[] => files.map((file) => basename(file, '.gz')).sort();

it('shows what would go and changes nothing unasked; then does that, backs up, and again is nothing', async () => {
  const before = project.stateFiles();
  expect(landed()).toHaveLength(7);
  const unasked = await project.run(['state', 'gc', '--keep-batches', '1']);
  expect({ code: unasked.code, said: unasked.stderr }).toMatchObject({
    code: 1,
    said: expect.stringMatching(/E603 landed inputs would be deleted, and nobody to approve it/),
  });
  expect(unasked.stdout.replace(/\s+/g, ' ')).toMatch(
    /^Delete 4 files of the landing store, \d+ bytes Forget 1 input of 1 old batch, .* Stays 2 inputs of them: what the index/,
  );
  expect(project.stateFiles()).toEqual(before);

  const done = parseJson<CleanedLanding>(
    await project.call(['state', 'gc', '--keep-batches', '1', '--auto-approve', '--json']),
  );
  expect(done).toMatchObject({ outcome: 'cleaned', batches: 1, inputs: 1, needed: 2, files: 4 });
  expect(existsSync(done.backup ?? '')).toBe(true);
  expect(blobsOf(landed())).toEqual(named());
  expect(named()).toHaveLength(3);

  const after = project.stateFiles();
  const again = await project.call(['state', 'gc', '--keep-batches', '1', '--auto-approve', '--json']);
  expect(again.code).toBe(0);
  expect(parseJson<CleanedLanding>(again)).toMatchObject({
    outcome: 'nothing_to_clean',
    files: 0,
    backup: null,
  });
  expect(project.stateFiles()).toEqual(after);
});

it('killed in the middle has lost nothing that is needed, and the next one goes on', async () => {
  const args = ['state', 'gc', '--keep-batches', '1', '--auto-approve', '--json'];
  const killed = await project.run(args, {
    env: { NODE_OPTIONS: `--import ${KILLER}`, DIE_AT: '3', DIE_AT_PATH: 'landing' },
  });
  expect(killed).toMatchObject({ signal: 'SIGKILL', stdout: '' });
  expect(landed()).toHaveLength(5);
  expect(named()).toHaveLength(3);
  const rest = parseJson<CleanedLanding>(await project.call(args));
  // Rows went first: what is left are files that no row names.
  expect(rest).toMatchObject({ outcome: 'cleaned', inputs: 0, files: 2 });
  expect(blobsOf(landed())).toEqual(named());
});
