/**
 * Every class of drift, caused by hand with Chroma's own client: drift names it and the documents concerned, plan
 * shows the repair, apply makes it from the cache, and the plan after it is empty.
 */
import type { Collection } from 'chromadb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DriftIndex } from '../../src/domain/drift-report.js';
import type { VerifyLevel } from '../../src/domain/plan.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { applyIn, driftIn, planIn } from '../support/in-process.js';
import { differences, readCollection } from '../support/ingest-cli.js';
import { chromaClient, expectValid, gist, type PlanJson, Project } from '../support/project.js';

let chroma: TestChroma;
let project: Project;
let before: Awaited<ReturnType<typeof readCollection>>;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(async () => {
  project = new Project(chroma.url, true);
  project.manifest();
  project.docs(4);
  await applyIn(there());
  before = await readCollection(chroma.url, project.name);
});
afterEach(() => project.dispose());

function there() {
  return { root: project.ws.root, env: project.env };
}

function plan(verify: VerifyLevel = 'counts'): Promise<PlanJson> {
  return planIn<PlanJson>(there(), { verify });
}

async function look(verify: VerifyLevel = 'counts'): Promise<DriftIndex> {
  const report = await driftIn(there(), { verify });
  expectValid('report', report);
  const [index] = report.indexes;
  if (index === undefined) throw new Error('no index');
  return index;
}

/** What drift found, as "class incident records". */
async function classes(verify?: VerifyLevel): Promise<string[]> {
  const { classes: found } = await look(verify);
  return found.map((one) => `${one.class} ${one.incident} ${one.records}`);
}

/** Live is as it was before anybody touched it, nothing was embedded, and a close look finds nothing more. */
async function expectRepaired(verify: VerifyLevel = 'counts'): Promise<void> {
  expect(await applyIn(there(), { verify })).toMatchObject({ outcome: 'applied', reason: 'ok', embedded: 0 });
  expect(differences(await readCollection(chroma.url, project.name), before)).toEqual([]);
  expect(await plan('content')).toMatchObject({ outcome: 'no_changes' });
  expect(await classes('content')).toEqual([]);
}

async function idsOf(uri: string): Promise<string[]> {
  return (await (await project.collection()).get({ where: { ingest_uri: uri }, include: [] })).ids.sort();
}

interface WholeRecord {
  readonly id: string;
  readonly document: string;
  readonly metadata: Record<string, string | number | boolean>;
  readonly embedding: number[];
}

async function recordsOf(collection: Collection, ids?: readonly string[]): Promise<WholeRecord[]> {
  const got = await collection.get({
    ...(ids === undefined ? {} : { ids: [...ids] }),
    include: ['documents', 'metadatas', 'embeddings'],
  });
  return got.ids.map((id, i) => ({
    id,
    document: got.documents[i] ?? '',
    metadata: (got.metadatas[i] ?? {}) as WholeRecord['metadata'],
    embedding: got.embeddings[i] ?? [],
  }));
}

/** Its text alone: a client that has no model sends the old vector along. */
async function changeText(id: string): Promise<void> {
  const collection = await project.collection();
  const [record] = await recordsOf(collection, [id]);
  await collection.update({
    ids: [id],
    documents: ['something else'],
    embeddings: [record?.embedding ?? []],
  });
}

async function add(collection: Collection, records: readonly WholeRecord[]): Promise<void> {
  await collection.add({
    ids: records.map((record) => record.id),
    documents: records.map((record) => record.document),
    metadatas: records.map((record) => record.metadata),
    embeddings: records.map((record) => record.embedding),
  });
}

/** Deletes the collection and makes another of its name, with the metadata given and the records of the old one. */
async function replaceCollection(
  change: (metadata: Record<string, unknown>) => Record<string, unknown> | undefined,
  { space = 'cosine', keep = 0 }: { readonly space?: 'cosine' | 'l2'; readonly keep?: number } = {},
): Promise<void> {
  const old = await project.collection();
  const records = (await recordsOf(old)).slice(0, keep);
  const metadata = change({ ...old.metadata });
  const client = chromaClient(chroma.url);
  await client.deleteCollection({ name: project.name });
  const made = await client.createCollection({
    name: project.name,
    embeddingFunction: null,
    configuration: { hnsw: { space } },
    ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string | number> }),
  });
  if (records.length > 0) await add(made, records);
}

describe('records', () => {
  it('one deleted, one foreign added, one tampered with: the counts are equal, and content names all three', async () => {
    const collection = await project.collection();
    const [gone = ''] = await idsOf('docs/doc-001.md');
    const [changed = ''] = await idsOf('docs/doc-002.md');
    await collection.delete({ ids: [gone] });
    await collection.add({ ids: ['by-hand'], documents: ['mine'], embeddings: [Array(64).fill(0.1)] });
    await changeText(changed);
    expect(await collection.count()).toBe(before.size);
    expect(await classes('counts')).toEqual([]);
    expect(await classes('ids')).toEqual(['missing gap 1', 'foreign no-trace 1']);
    const index = await look('content');
    expect(index.classes).toMatchObject([
      { class: 'missing', ids: [gone], where: [{ uri: 'docs/doc-001.md', records: 1, of: 3 }] },
      {
        class: 'tampered',
        detail: 'text 1',
        ids: [changed],
        where: [{ uri: 'docs/doc-002.md', records: 1, of: 3, parts: ['text'] }],
      },
      { class: 'foreign', ids: ['by-hand'], documents: 0 },
    ]);
    expect(index.repair).toEqual({ records: 2, cached: 2, compute: 0 });
    expect(gist(await plan('content'))).toEqual([
      'repair docs/doc-001.md missing-in-index',
      'repair docs/doc-002.md tampered',
    ]);
    expect(await applyIn(there(), { verify: 'content' })).toMatchObject({
      outcome: 'applied',
      embedded: 0,
      applied: { repair: 2 },
      strict_sync: { ok: true, level: 'content' },
    });
    const after = await readCollection(chroma.url, project.name);
    expect(after.delete('by-hand')).toBe(true);
    expect(differences(after, before)).toEqual([]);
    expect(gist(await plan('content'))).toEqual([]);
    expect(await classes('content')).toEqual(['foreign no-trace 1']);
  });

  it('a store that lost nearly all it is recorded to hold is drift by its count alone, never success', async () => {
    const keep = new Set((await idsOf('docs/doc-003.md')).slice(0, 1));
    await (await project.collection()).delete({ ids: [...before.keys()].filter((id) => !keep.has(id)) });
    expect((await project.run(['drift'])).code).toBe(2);
    const index = await look();
    expect(index.classes).toMatchObject([{ class: 'missing', records: 11, documents: 4 }]);
    expect(index).toMatchObject({ verify: 'ids', live_count: 1, recorded: { documents: 4, chunks: 12 } });
    expect((await plan()).summary).toMatchObject({ repair: 4, unchanged: 0, embed: { compute: 0 } });
    await expectRepaired();
  });

  it.each([
    ['metadata', 'metadata 1', { metadatas: [{ ingest_ordinal: 77 }] }],
    [
      'direction of a vector',
      'vector 1',
      { embeddings: [Array.from({ length: 64 }, (_, i) => (i % 3) - 1)] },
    ],
  ])('says that the %s of a record was changed', async (_, detail, change) => {
    const [id = ''] = await idsOf('docs/doc-000.md');
    await (await project.collection()).update({ ids: [id], ...change });
    expect(await classes('ids')).toEqual([]);
    const [found] = (await look('content')).classes;
    expect(found).toMatchObject({ class: 'tampered', incident: 'mismatch', records: 1, detail, ids: [id] });
    await expectRepaired('content');
  });

  it('a copy under another id is a duplicate; a record of ours that nothing explains is an orphan', async () => {
    const collection = await project.collection();
    const [id = ''] = await idsOf('docs/doc-003.md');
    const [record] = await recordsOf(collection, [id]);
    if (record === undefined) throw new Error('nothing to copy');
    await add(collection, [
      { ...record, id: 'copy' },
      { ...record, id: 'left-over', document: 'a text that this document never had' },
    ]);
    const index = await look('ids');
    expect(index.classes).toMatchObject([
      { class: 'orphan', incident: 'duplicate', ids: ['left-over'], where: [{ uri: 'docs/doc-003.md' }] },
      { class: 'duplicate', incident: 'duplicate', ids: ['copy'], where: [{ uri: 'docs/doc-003.md' }] },
    ]);
    expect(gist(await plan('ids'))).toEqual(['repair docs/doc-003.md orphan-in-index']);
    await expectRepaired('ids');
  });

  it('a record that was given another id is missing under its own, and the other is no duplicate', async () => {
    const collection = await project.collection();
    const [id = ''] = await idsOf('docs/doc-003.md');
    const [record] = await recordsOf(collection, [id]);
    if (record === undefined) throw new Error('nothing to copy');
    await collection.delete({ ids: [id] });
    await add(collection, [{ ...record, id: 'renamed' }]);
    expect(await classes('ids')).toEqual(['missing gap 1', 'orphan duplicate 1']);
    await expectRepaired('ids');
  });
});

describe('the collection', () => {
  it('replaced by one that carries no mark: named, refused, and made again once it is out of the way', async () => {
    await replaceCollection(() => undefined);
    expect(await classes()).toEqual(['collection-replaced gap 12', 'not-ours no-trace 12']);
    const text = await project.call(['drift']);
    expect(text.code).toBe(2);
    expect(text.stdout).toContain('Move or delete that collection');
    const refused = await project.call(['plan']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E403') });
    await chromaClient(chroma.url).deleteCollection({ name: project.name });
    expect(await classes()).toEqual(['collection-missing gap 12']);
    await expectRepaired();
  });

  it('replaced by a copy of itself that lacks records: only these are written', async () => {
    await replaceCollection((metadata) => metadata, { keep: 7 });
    const index = await look();
    expect(index.classes).toMatchObject([{ class: 'collection-replaced', records: 5, documents: 4 }]);
    expect(index.classes[0]?.detail).toMatch(/^recorded [0-9a-f-]{36}, live [0-9a-f-]{36}$/);
    const report = await applyIn(there());
    expect(report).toMatchObject({ outcome: 'applied', embedded: 0, upserted: 5 });
    expect(differences(await readCollection(chroma.url, project.name), before)).toEqual([]);
    expect(await classes('content')).toEqual([]);
  });

  it('with the mark of another state: named, and refused', async () => {
    const collection = await project.collection();
    const mark = { ...collection.metadata };
    await collection.modify({ metadata: { ...mark, ingest_lineage: 'somebody-else' } });
    expect(await classes()).toEqual(['wrong-lineage no-trace 12']);
    const refused = await project.call(['plan']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('E403') });
    expect(differences(await readCollection(chroma.url, project.name), before)).toEqual([]);
    await collection.modify({ metadata: mark as Record<string, string | number> });
    expect(await classes()).toEqual([]);
  });

  it('with the mark of another recipe: built anew from the cache, not from vectors that nobody knows', async () => {
    const collection = await project.collection();
    await collection.modify({
      metadata: { ...collection.metadata, ingest_vector_recipe: 'f'.repeat(64) },
    });
    expect(await classes()).toEqual(['wrong-recipe mismatch 12']);
    expect((await look()).repair).toEqual({ records: 12, cached: 12, compute: 0 });
    const planned = await plan();
    expect(planned.indexes[0]?.index_actions).toEqual([{ action: 'replace', reasons: ['recipe'] }]);
    expect(planned.summary.embed).toMatchObject({ compute: 0, cached: 12 });
    await expectRepaired();
  });

  it('that measures another distance: built anew, never filled', async () => {
    await replaceCollection((metadata) => metadata, { space: 'l2', keep: 12 });
    const found = (await look()).classes;
    expect(found).toMatchObject([
      { class: 'collection-replaced', records: 0 },
      { class: 'wrong-distance', incident: 'mismatch', detail: 'recorded cosine, live l2' },
    ]);
    expect((await plan()).indexes[0]?.index_actions).toEqual([{ action: 'replace', reasons: ['space'] }]);
    await expectRepaired();
    expect((await project.collection()).configuration.hnsw?.space).toBe('cosine');
  });

  describe('wedged by a record that Chroma cannot digest', () => {
    /** Chroma takes it into its log, and fails to apply the log from then on. */
    async function poison(): Promise<void> {
      const metadatas = [Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`key-${i}`, i]))];
      const adding = (await project.collection()).add({
        ids: ['poison'],
        documents: ['p'],
        embeddings: [Array(64).fill(0.1)],
        metadatas,
      });
      await expect(adding).rejects.toThrow('Failed to apply logs');
    }

    it('that cannot be read: named, and built anew from the cache', async () => {
      // Of a collection that was never read Chroma reads nothing before it has applied its log.
      await replaceCollection((metadata) => metadata, { keep: 12 });
      await poison();
      await expect((await project.collection()).count()).rejects.toThrow('Failed to apply logs');
      const index = await look();
      expect(index).toMatchObject({ status: 'unsearchable', live_count: null });
      expect(index.classes).toMatchObject([
        { class: 'collection-replaced' },
        { class: 'wedged', incident: 'mismatch', records: 12, documents: 4, where: [] },
      ]);
      expect(index.classes[1]?.detail).toMatch(/Chroma fails to read/);
      expect((await plan()).indexes[0]?.index_actions).toEqual([
        { action: 'replace', reasons: ['unsearchable'], keeps_none: true },
      ]);
      await expectRepaired();
    });

    it('that can be read, and not written: named by the apply that met it and by every drift after it', async () => {
      const [id = ''] = await idsOf('docs/doc-000.md');
      await (await project.collection()).delete({ ids: [id] });
      await poison();
      expect(await classes()).toEqual(['missing gap 1']);
      expect(await applyIn(there())).toMatchObject({
        outcome: 'failed',
        reason: expect.stringMatching(/^E414 /),
      });
      expect(await classes()).toContain('wedged mismatch 12');
      await expectRepaired();
    });
  });
});

describe('a sample', () => {
  async function sample(size: number, seed: string, verify: VerifyLevel = 'counts'): Promise<DriftIndex> {
    const report = await driftIn(there(), { verify, sample: { size, seed } });
    expectValid('report', report);
    const [index] = report.indexes;
    if (index === undefined) throw new Error('no index');
    return index;
  }

  it('says how many were looked for, and what that proves of the rest', async () => {
    const index = await sample(6, 'a');
    expect(index).toMatchObject({
      verify: 'ids',
      classes: [],
      sample: { asked: 6, checked: 6, seed: 'a', affected: 0, confidence: 0.95, at_most_records: 5 },
    });
    expect(index.sample?.at_most_share).toBeCloseTo(0.393, 3);
    expect((await sample(100, 'a')).sample).toMatchObject({ checked: 12, at_most_share: 0 });
  });

  it('finds of one seed the same again; what it misses the count tells, as far as it goes', async () => {
    const [id = ''] = await idsOf('docs/doc-001.md');
    const collection = await project.collection();
    await collection.delete({ ids: [id] });
    const seen = new Map<string, boolean>();
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const index = await sample(3, seed);
      const [missing] = index.classes;
      expect(missing).toMatchObject({ class: 'missing', records: 1 });
      const found = index.sample?.affected === 1;
      expect(missing?.ids).toEqual(found ? [id] : []);
      seen.set(seed, found);
    }
    for (const [seed, found] of seen) {
      expect((await sample(3, seed)).sample).toMatchObject({ affected: found ? 1 : 0 });
    }
    await collection.add({ ids: ['by-hand'], documents: ['mine'], embeddings: [Array(64).fill(0.1)] });
    for (const [seed, found] of seen) {
      expect((await sample(3, seed)).classes.map((one) => one.class)).toEqual(found ? ['missing'] : []);
    }
  });

  it('at content compares text, metadata and vector, and reads nothing of what it did not choose', async () => {
    for (const uri of ['docs/doc-000.md', 'docs/doc-001.md', 'docs/doc-002.md']) {
      for (const id of await idsOf(uri)) await changeText(id);
    }
    expect((await sample(12, 'a')).classes).toEqual([]);
    const index = await sample(8, 'a', 'content');
    const [found] = index.classes;
    expect(found).toMatchObject({ class: 'tampered', detail: `text ${found?.records ?? 0}` });
    expect(found?.records).toBeGreaterThanOrEqual(5);
    expect(index.sample).toMatchObject({ checked: 8, affected: found?.records });
  });

  it('is printed with its seed, and never as if all had been looked at', async () => {
    const clean = await project.call(['drift', '--sample', '5', '--seed', 'again']);
    expect(clean).toMatchObject({ code: 0 });
    expect(clean.stdout).toMatch(/^No drift in a sample at ids/);
    expect(clean.stdout).toContain('5 of 12 records (seed again): 0 affected');
    expect(clean.stdout).toContain('95% confidence');
    const off = await project.call(['drift', '--sample', '5', '--verify', 'off']);
    expect(off).toMatchObject({ code: 1, stderr: expect.stringContaining('E604') });
  });
});
