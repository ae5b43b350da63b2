/** The triage of one document or record: what is wrong, the command that mends it, and what happened before. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/domain/diagnosis.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyIn } from '../support/in-process.js';
import { article, expectValid, Project } from '../support/project.js';

const URI = 'docs/doc-001.md';

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
  await applyIn({ root: project.ws.root, env: project.env });
});
afterEach(() => project.dispose());

async function diagnose(
  subject: string,
  code: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  const result = await project.call(['diagnose', subject, '--json'], { env });
  expect({ code: result.code, stderr: code === 0 ? result.stderr : '' }).toEqual({ code, stderr: '' });
  const found = JSON.parse(result.stdout) as Diagnosis;
  expectValid('diagnosis', found);
  return found;
}

async function idsOf(uri: string): Promise<string[]> {
  return (await (await project.collection()).get({ where: { ingest_uri: uri }, include: [] })).ids.sort();
}

it('a sound document: every record as written, its run, and its history; nothing is changed', async () => {
  const before = project.stateFiles();
  const found = await diagnose(URI, 0);
  expect(found).toMatchObject({
    manifest_id: 'docs',
    chunk_id: null,
    manifest: { declared: true, source_id: 'docs', source_declared: true, listed: 'yes', gate: 'accept' },
    recorded: { n_chunks: 3, content_sha256: found.manifest.content_sha256, run: { outcome: 'applied' } },
    reject: null,
    checkpoint: 'docs/doc-002.md',
    open_intents: 0,
    coverage: { live: 'ok', extra: [], chunks: [{ live: 'ok' }, { live: 'ok' }, { live: 'ok' }] },
    incident: 'none',
    findings: [],
    remedy: null,
  });
  expect(found.history.map((event) => event.type)).toEqual(
    expect.arrayContaining(['DOC_BEGIN', 'UPSERT_NEW_DONE', 'DOC_COMMITTED']),
  );
  expect(found.history.every((event) => event.data['uri'] === URI)).toBe(true);
  expect(project.stateFiles()).toEqual(before);
});

it('each kind of damage has its incident, and the command that it names mends it', async () => {
  const collection = await project.collection();
  const [first = '', second = ''] = await idsOf(URI);
  const got = await collection.get({ ids: [second], include: ['documents', 'metadatas', 'embeddings'] });
  const [metadata, embedding] = [got.metadatas[0] ?? {}, got.embeddings[0] ?? []];
  await collection.delete({ ids: [first] });
  await collection.update({ ids: [second], documents: ['something else'], embeddings: [embedding] });
  await collection.add({ ids: ['copy'], documents: ['x'], metadatas: [metadata], embeddings: [embedding] });

  const found = await diagnose(second.slice(0, 12), 2);
  expect(found).toMatchObject({
    uri: URI,
    chunk_id: second,
    incident: 'gap',
    findings: [
      '1 of 3 records are missing',
      '1 of 3 records were changed by somebody else',
      '1 record that nothing recorded explains',
    ],
    coverage: { extra: ['copy'] },
    remedy: `ingest apply --env test --verify content --only ${URI}`,
  });
  const live = new Map(found.coverage.chunks.map((chunk) => [chunk.chunk_id, chunk]));
  expect(live.get(first)).toMatchObject({ live: 'missing' });
  expect(live.get(second)).toMatchObject({ live: 'tampered', parts: ['text'] });
  // By the id of a record that only live has.
  expect(await diagnose('copy', 2)).toMatchObject({ uri: URI, chunk_id: 'copy' });

  expect((await project.call([...(found.remedy ?? '').split(' ').slice(1), '--auto-approve'])).code).toBe(0);
  const mended = await project.call(['diagnose', URI]);
  expect(mended.code).toBe(0);
  expect(mended.stdout).toMatch(/5 incident +none/);
  expect(mended.stdout).toContain('REPAIR_DONE');
});

it('a record that only live has is found by the uri that it carries, and a foreign one by its id', async () => {
  const collection = await project.collection();
  const got = await collection.get({ limit: 1, include: ['metadatas', 'embeddings'] });
  const [metadata, embedding] = [got.metadatas[0] ?? {}, got.embeddings[0] ?? []];
  await collection.add({
    ids: ['left', 'theirs'],
    documents: ['x', 'y'],
    metadatas: [{ ...metadata, ingest_uri: 'docs/never.md' }, { by: 'hand' }],
    embeddings: [embedding, embedding],
  });
  const found = await diagnose('docs/never.md', 2);
  expect(found).toMatchObject({ incident: 'no-trace', recorded: null, coverage: { extra: ['left'] } });
  expect((await project.call([...(found.remedy ?? '').split(' ').slice(1), '--auto-approve'])).code).toBe(0);
  expect((await collection.get({ ids: ['left', 'theirs'] })).ids).toEqual(['theirs']);
  const foreign = await project.call(['diagnose', 'theirs']);
  expect(foreign.code).toBe(1);
  expect(foreign.stderr).toContain('E612 "theirs" is a foreign record');
});

it('tells what is edited, gone, new and unknown apart', async () => {
  project.doc('doc-001.md', article('another topic'));
  project.doc('new.md', article('new'));
  project.ws.remove('docs/doc-002.md');
  expect(await diagnose(URI, 2)).toMatchObject({
    incident: 'mismatch',
    findings: ['the document was edited since, and searchers find the old text'],
  });
  expect(await diagnose('docs/new.md', 2)).toMatchObject({
    incident: 'gap',
    recorded: null,
    findings: ['declared, and never applied'],
  });
  expect(await diagnose('docs/doc-002.md', 2)).toMatchObject({
    incident: 'mismatch',
    manifest: { listed: 'no' },
  });
  const unknown = await project.run(['diagnose', 'docs/doc_001.md']);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('E612');
  expect(unknown.stderr).toContain(`"${URI}"`);
});

it('without Chroma the rest is told, live is unknown, and the exit code says so', async () => {
  const found = await diagnose(URI, 1, { CHROMA_URL: 'http://127.0.0.1:9' });
  expect(found).toMatchObject({
    recorded: { n_chunks: 3 },
    coverage: { live: 'unknown', reason: expect.stringContaining('E401') },
    incident: 'unknown',
  });
  expect(found.history.length).toBeGreaterThan(2);
});
