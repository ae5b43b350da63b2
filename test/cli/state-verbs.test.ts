/** The recorded state through the command line: looked into without a trace, and forgotten only when that is said. */
import { copyFileSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ForgetReport, FoundState } from '../../src/domain/state-reports.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { differences, jsonLines, parseJson, readCollection } from '../support/ingest-cli.js';
import { expectValid, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(async () => {
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(3);
  await project.apply();
});
afterEach(() => project.dispose());

it('list, show and export tell what is recorded, and change no byte of it', async () => {
  const files = project.stateFiles();
  const listed = await project.call(['state', 'list']);
  expect({ code: listed.code, said: listed.stdout.replace(/\s+/g, ' ') }).toMatchObject({
    code: 0,
    said: expect.stringMatching(/docs collection .*; 3 documents; 9 chunks; run \w{8} applied/),
  });
  const documents = jsonLines(await project.call(['state', 'list', 'docs/doc-00[01].md', '--json']));
  expect(documents.map((row) => row['uri'])).toEqual(['docs/doc-000.md', 'docs/doc-001.md']);

  const found = parseJson<FoundState>(await project.call(['state', 'show', 'docs/doc-001.md', '--json']));
  if (found.kind !== 'document') throw new Error(found.kind);
  const id = found.documents[0]?.chunks[0]?.chunk_id ?? '';
  const live = await (await project.collection()).get({ ids: [id] });
  expect(live.metadatas[0]?.['ingest_uri']).toBe('docs/doc-001.md');
  expect((await project.call(['state', 'show', id])).stdout).toContain('docs/doc-001.md');
  const unknown = await project.call(['state', 'show', 'docs/no.md']);
  expect({ code: unknown.code, said: unknown.stderr }).toMatchObject({
    code: 1,
    said: expect.stringMatching(/E506/),
  });

  const exported = await project.run(['state', 'export']);
  const lines = jsonLines(exported);
  expect(lines[0]).toMatchObject({ type: 'header', format: 'ingest-state', environment: 'test' });
  expect(lines.filter((line) => line['type'] === 'chunk').length).toBe(9);
  expect(lines.at(-1)).toEqual({ type: 'end', rows: lines.length - 2 });
  expect((await project.call(['state', 'export', '--out', 'out/state.jsonl.gz'])).code).toBe(0);
  expect(gunzipSync(readFileSync(project.ws.path('out/state.jsonl.gz'))).toString()).toBe(exported.stdout);
  expect(project.stateFiles()).toEqual(files);
});

it('rm shows what it would forget and asks; then only the state is changed, and there is a way back', async () => {
  const before = await readCollection(chroma.url, project.name);
  const files = project.stateFiles();
  const unasked = await project.run(['state', 'rm', 'docs/doc-00[01].md']);
  expect({ code: unasked.code, said: unasked.stderr }).toMatchObject({
    code: 1,
    said: expect.stringMatching(/E603/),
  });
  expect(unasked.stdout.replace(/\s+/g, ' ')).toMatch(
    /docs\/doc-000\.md 3 chunks .*Forget 2 documents; 6 chunks .*Next plan of a file that is still there: \+ create/,
  );
  expect(project.stateFiles()).toEqual(files);
  expect((await project.call(['state', 'rm'])).stderr).toContain('E606');

  const result = await project.call(['state', 'rm', 'docs/doc-00[01].md', '--auto-approve', '--json']);
  const report = parseJson<ForgetReport>(result);
  expectValid('report', report);
  expect(report).toMatchObject({ outcome: 'forgotten', documents: 2, chunks: 6, unfinished: 0 });
  expect(gist(await project.plan())).toEqual(['create docs/doc-000.md new', 'create docs/doc-001.md new']);
  expect(differences(await readCollection(chroma.url, project.name), before)).toEqual([]);
  expect((await project.journal()).at(-1)).toMatchObject({
    type: 'STATE_FORGOTTEN',
    data: { what: 'docs/doc-00[01].md', documents: 2, backup: report.backup },
  });

  copyFileSync(report.backup ?? '', project.ws.path('state/test/ingest.db'));
  expect((await project.plan()).outcome).toBe('no_changes');
});
