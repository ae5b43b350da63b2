import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  type LiveCollection,
  type LiveDatabase,
  type PutRecord,
  WriteUnknown,
} from '../../../src/domain/ports/live.js';
import { identity, open, remote, vector } from './open-live.js';

const chromaUrl = inject('chromaUrl');

describe.skipIf(chromaUrl === '')('a collection of a real Chroma', () => {
  let database: LiveDatabase;

  beforeAll(async () => {
    database = await open({ target: remote(chromaUrl) });
  });

  afterAll(async () => {
    await database.close();
  });

  async function newCollection(space: 'cosine' | 'l2' | 'ip' = 'l2'): Promise<LiveCollection> {
    const created = await database.create(`live-${randomUUID()}`, space, identity());
    if (created === undefined) throw new Error('a name of a fresh UUID was taken');
    return created;
  }

  function record(id: string, change: Partial<PutRecord> = {}): PutRecord {
    return {
      id,
      text: `text of ${id}`,
      vector: vector(Number.parseInt(id, 36)),
      metadata: { k: id },
      ...change,
    };
  }

  async function rest(path: string, body: unknown): Promise<unknown> {
    const api = `${chromaUrl}/api/v2/tenants/default_tenant/databases/default_database/collections`;
    const response = await fetch(`${api}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  test('carries identity and space from its creation, and no dimension before the first write', async () => {
    const created = await newCollection('ip');
    const found = await database.find(created.name);
    expect(found).toMatchObject({ id: created.id, space: 'ip', identity: identity(), dimension: undefined });
  });

  test('is created once: whoever comes second gets undefined', async () => {
    const { name } = await newCollection();
    expect(await database.create(name, 'cosine', identity({ lineage: 'other' }))).toBeUndefined();
    expect((await database.find(name))?.identity?.lineage).toBe('lineage-1');
  });

  test('of twenty that create it at once exactly one succeeds', async () => {
    const name = `live-${randomUUID()}`;
    const results = await Promise.all(
      Array.from({ length: 20 }, () => database.create(name, 'l2', identity())),
    );
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
  });

  test('is renamed with its metadata in one request: id and handles stay, the name is free', async () => {
    const old = await newCollection();
    const { name } = old;
    await old.put([record('a')]);
    const handle = await database.find(name);
    const away = `${name}.generation-1`;
    await old.rename(away, identity({ role: 'previous' }));
    expect(old.name).toBe(away);
    expect(await database.find(name)).toBeUndefined();
    expect(await database.find(away)).toMatchObject({ id: old.id, identity: { role: 'previous' } });
    expect(await handle?.count()).toBe(1);
    // Said again, as after a lost answer.
    await old.rename(away, identity({ role: 'previous' }));
    expect(await database.find(away)).toMatchObject({ id: old.id });
  });

  test('that somebody else has the name of is not renamed', async () => {
    const one = await newCollection();
    const other = await newCollection();
    await expect(one.rename(other.name, identity())).rejects.toBeInstanceOf(WriteUnknown);
    expect(await database.find(other.name)).toMatchObject({ id: other.id });
    expect(await database.find(one.name)).toMatchObject({ id: one.id });
  });

  test('is deleted only while its name still leads to it', async () => {
    const one = await newCollection();
    const { name } = one;
    const handle = await database.find(name);
    await one.rename(`${name}.old`, identity());
    const other = await database.create(name, 'l2', identity());
    if (handle === undefined || other === undefined) throw new Error('not there');
    await database.remove(handle);
    expect(await database.find(name)).toMatchObject({ id: other.id });
    await database.remove(other);
    expect(await database.find(name)).toBeUndefined();
    await database.remove(other);
  });

  test('takes records of another over as they are: no document, no metadata, exact vectors', async () => {
    const from = await newCollection();
    // Not cosine: such a collection gives numbers back that may be off by their last bit.
    const into = await newCollection();
    await from.put([record('a', { metadata: { k: 'a', n: 1.5, yes: true } })]);
    await rest(`/${from.id}/upsert`, { ids: ['bare'], embeddings: [Array.from(vector(7))] });
    await into.copyFrom(from, ['a', 'bare', 'absent']);
    expect(await into.get(['a', 'bare'])).toEqual(await from.get(['a', 'bare']));
    expect(await into.vectors(['a', 'bare'])).toEqual(await from.vectors(['a', 'bare']));
    expect(await into.count()).toBe(2);
  });

  test('that does not exist is not found', async () => {
    expect(await database.find(`live-${randomUUID()}`)).toBeUndefined();
  });

  test('has no identity when somebody else made it, and can be found all the same', async () => {
    const name = `live-${randomUUID()}`;
    await rest('', {
      name,
      metadata: { theirs: 'x' },
      configuration: { embedding_function: { type: 'known', name: 'default', config: {} } },
    });
    const found = await database.find(name);
    expect(found?.identity).toBeUndefined();
    expect(await found?.count()).toBe(0);
  });

  test('has no identity when its identity cannot be read', async () => {
    const name = `live-${randomUUID()}`;
    await rest('', { name, metadata: { ingest_lineage: 'l', ingest_role: 'emperor' } });
    expect((await database.find(name))?.identity).toBeUndefined();
  });

  test('keeps the metadata of others when the identity is written, and drops what is no longer said', async () => {
    const name = `live-${randomUUID()}`;
    await rest('', { name, metadata: { theirs: 'x', rank: 3 } });
    const collection = await database.find(name);
    const full = identity({ last_run: '01RUN', generation: 7, protected: ['support-docs'] });
    await collection?.writeIdentity(full);
    expect(collection?.identity).toEqual(full);
    expect((await database.find(name))?.identity).toEqual(full);
    await collection?.writeIdentity(identity());
    expect((await database.find(name))?.identity).toEqual(identity());
    const api = `${chromaUrl}/api/v2/tenants/default_tenant/databases/default_database/collections/${name}`;
    const raw = (await (await fetch(api)).json()) as { metadata: Record<string, unknown> };
    expect(raw.metadata).toMatchObject({ theirs: 'x', rank: 3 });
    expect(raw.metadata).not.toHaveProperty('ingest_last_run');
  });

  test('gives back what was put, joined by id, whatever the order of asking', async () => {
    const collection = await newCollection();
    const records = ['a', 'b', 'c'].map((id) => record(id, { metadata: { s: 'ü', n: 1.5, yes: true, id } }));
    await collection.put(records);
    expect(collection.dimension).toBe(4);
    expect((await database.find(collection.name))?.dimension).toBe(4);
    const got = await collection.get(['c', 'absent', 'a', 'b', 'a']);
    expect(got.size).toBe(3);
    expect(got.get('b')).toEqual({
      id: 'b',
      text: 'text of b',
      metadata: { s: 'ü', n: 1.5, yes: true, id: 'b' },
    });
    const vectors = await collection.vectors(['c', 'a', 'absent']);
    expect([...vectors.keys()].sort()).toEqual(['a', 'c']);
    expect(vectors.get('c')).toEqual(records[2]?.vector);
    expect(await collection.existing(['b', 'absent'])).toEqual(new Set(['b']));
    expect(await collection.get([])).toEqual(new Map());
  });

  test('a put merges metadata, and an explicit null removes a key', async () => {
    const collection = await newCollection();
    await collection.put([record('a', { metadata: { keep: '1', drop: '2', change: '3' } })]);
    await collection.put([record('a', { metadata: { drop: null, change: '4', never: null } })]);
    expect((await collection.get(['a'])).get('a')?.metadata).toEqual({ keep: '1', change: '4' });
  });

  test('a patch changes metadata alone, removes keys by null, and passes over absent ids in silence', async () => {
    const collection = await newCollection();
    await collection.put([record('a'), record('b')]);
    await collection.patch([
      { id: 'a', metadata: { k: null, added: 5 } },
      { id: 'absent', metadata: { k: 'x' } },
      { id: 'b', metadata: {} },
    ]);
    const got = await collection.get(['a', 'b', 'absent']);
    expect([...got.keys()].sort()).toEqual(['a', 'b']);
    expect(got.get('a')).toEqual({ id: 'a', text: 'text of a', metadata: { added: 5 } });
    expect(got.get('b')?.metadata).toEqual({ k: 'b' });
    expect((await collection.vectors(['a'])).get('a')).toEqual(record('a').vector);
  });

  test('text survives as it is: astral characters, line ends, and lone surrogates replaced', async () => {
    const collection = await newCollection();
    await collection.put([
      record('a', { text: 'a\r\n\u{1F600}\tß "quoted"' }),
      record('b', { text: 'x\uD800y' }),
    ]);
    const got = await collection.get(['a', 'b']);
    expect(got.get('a')?.text).toBe('a\r\n\u{1F600}\tß "quoted"');
    expect(got.get('b')?.text).toBe('x\uFFFDy');
  });

  test('deletes the ids that it is given and no others', async () => {
    const collection = await newCollection();
    await collection.put([record('a'), record('b'), record('c')]);
    await collection.delete(['a', 'c', 'absent']);
    expect(await collection.count()).toBe(1);
    expect(await collection.existing(['a', 'b', 'c'])).toEqual(new Set(['b']));
    await collection.delete([]);
    expect(await collection.count()).toBe(1);
  });

  test('finds the nearest first, at distance 0 for a stored vector, and only of one manifest when told', async () => {
    const collection = await newCollection();
    await collection.put([
      record('1', { metadata: { ingest_manifest_id: 'one' } }),
      record('2', { metadata: { ingest_manifest_id: 'two' } }),
      record('3', { metadata: { ingest_manifest_id: 'two' } }),
    ]);
    const all = await collection.query(vector(2), 10, undefined);
    expect(all).toHaveLength(3);
    expect(all[0]).toMatchObject({ id: '2', text: 'text of 2', metadata: { ingest_manifest_id: 'two' } });
    expect(all[0]?.distance).toBeLessThan(1e-6);
    expect(all.map((hit) => hit.distance)).toEqual(all.map((hit) => hit.distance).sort((x, y) => x - y));
    expect((await collection.query(vector(2), 10, 'one')).map((hit) => hit.id)).toEqual(['1']);
    expect(await collection.query(vector(2), 1, undefined)).toHaveLength(1);
  });

  test('an empty collection lists, counts and finds nothing', async () => {
    const collection = await newCollection();
    expect(await collection.count()).toBe(0);
    for await (const page of collection.ids()) expect(page).toEqual([]);
    expect(await collection.query(vector(1), 3, undefined)).toEqual([]);
  });

  test('lists, reads and deletes more records than one page or one SQLite statement holds', async () => {
    const collection = await newCollection();
    const total = 34_000;
    const ids = Array.from({ length: total }, (_, i) => `r${i}`);
    await collection.put(
      ids.map((id, i) => ({ id, text: 't', vector: Float32Array.of(i, 1), metadata: { i } })),
    );
    expect(await collection.count()).toBe(total);
    const listed: string[] = [];
    for await (const page of collection.ids()) {
      expect(page.length).toBeLessThanOrEqual(10_000);
      listed.push(...page);
    }
    expect(new Set(listed).size).toBe(total);
    expect(listed).toHaveLength(total);
    let read = 0;
    for await (const page of collection.records()) read += page.length;
    expect(read).toBe(total);
    expect((await collection.existing(ids)).size).toBe(total);
    expect((await collection.get(ids)).get('r33999')?.metadata).toEqual({ i: 33_999 });
    await collection.delete(ids.slice(0, total - 5));
    expect(await collection.count()).toBe(5);
  }, 180_000);

  test('first writes at once fix one dimension', async () => {
    const collection = await newCollection();
    const results = await Promise.allSettled(
      [3, 4, 5, 6].map((dimension) =>
        collection.put([record(`d${dimension}`, { vector: vector(dimension, dimension) })]),
      ),
    );
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    for (const result of results.slice(1)) {
      expect(result).toMatchObject({ reason: { code: 'E408' } });
    }
    expect((await database.find(collection.name))?.dimension).toBe(3);
  });

  test('refuses a poison record before it is sent, and goes on working', async () => {
    const collection = await newCollection();
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i]));
    await expect(collection.put([record('a'), record('b', { metadata: many })])).rejects.toMatchObject({
      code: 'E406',
      message: expect.stringContaining('"b"'),
    });
    await expect(collection.patch([{ id: 'a', metadata: { 'chroma:document': 1 } }])).rejects.toMatchObject({
      code: 'E406',
    });
    expect(await collection.count()).toBe(0);
    await collection.put([record('a')]);
    expect(await collection.count()).toBe(1);
  });

  test('that was deleted meanwhile is said to be gone, by reads and writes alike', async () => {
    const collection = await newCollection();
    const api = `${chromaUrl}/api/v2/tenants/default_tenant/databases/default_database/collections`;
    await fetch(`${api}/${collection.name}`, { method: 'DELETE' });
    await expect(collection.count()).rejects.toMatchObject({ code: 'E407' });
    await expect(collection.put([record('a')])).rejects.toMatchObject({ code: 'E407' });
  });

  test('a name that Chroma does not take is refused with its reason', async () => {
    await expect(database.create('no', 'l2', identity())).rejects.toMatchObject({ name: 'WriteRejected' });
  });
});

describe.skipIf(chromaUrl === '')('a database of a real Chroma', () => {
  test('that does not exist is an error and does not look empty', async () => {
    await expect(open({ target: remote(chromaUrl, { database: 'nowhere' }) })).rejects.toMatchObject({
      code: 'E402',
      message: expect.stringContaining('"nowhere"'),
    });
  });

  test('tells its limits, and its url without credentials', async () => {
    const url = chromaUrl.replace('http://', 'http://user:hunter2@');
    const database = await open({ target: remote(url) });
    expect(database.server.maxBatch).toBe(1_000);
    expect(JSON.stringify(database)).not.toContain('hunter2');
    expect(database.description).toBe(chromaUrl);
  });
});
