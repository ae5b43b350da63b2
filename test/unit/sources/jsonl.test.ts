/** Records, one JSON object a line: what is listed, in which order, and what of it can be read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import type { CursorWindow } from '../../../src/domain/cursor.js';
import type { ListingEntry } from '../../../src/domain/document.js';
import { FULL_SNAPSHOT, type JsonlSource, type LoadSpec } from '../../../src/domain/source-spec.js';
import { createJsonlSource } from '../../../src/sources/records/jsonl-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'ingest-jsonl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function source(content: string | Buffer, over: Partial<JsonlSource> = {}, name = `${++files}.jsonl`) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return createJsonlSource({
    id: 't',
    type: 'jsonl',
    path,
    contract: undefined,
    metadata: {},
    load: FULL_SNAPSHOT,
    mapping: { key: ['id'], text: ['subject', 'body'], format: 'text', metadata_from: { state: 'status' } },
    ...over,
  });
}

const BY_TIME: LoadSpec = {
  mode: 'incremental_cursor',
  cursor: { field: 'at', type: 'timestamp', lateness: 0, start: undefined },
  deleted_field: 'gone',
  on_malformed: 'hold',
};

async function listed(of: ReturnType<typeof source>, window?: CursorWindow): Promise<ListingEntry[]> {
  const entries: ListingEntry[] = [];
  for await (const entry of of.list(new AbortController().signal, window)) entries.push(entry);
  return entries;
}

const uris = (entries: readonly ListingEntry[]): string[] => entries.map(({ uri }) => uri);

it('records are listed by uri in byte order, with a hash that does not depend on order of keys or line', async () => {
  const one = await listed(source('{"id":"b","subject":"x"}\n\n{"id":"a/1"}\n{"id":"é"}\n{"id":7}\n'));
  expect(uris(one)).toEqual(['t/7', 't/a/1', 't/b', 't/é']);
  const other = await listed(source('\uFEFF{"subject":"x","id":"b"}\r\n'));
  const hash = (entries: ListingEntry[], uri: string) => entries.find((entry) => entry.uri === uri);
  expect(hash(other, 't/b')).toEqual(hash(one, 't/b'));
});

it('text and metadata are composed of the fields, after they were judged', async () => {
  const of = source('{"id":"a","subject":"S","body":"one\\r\\ntwo","status":"open"}\n');
  const [entry] = await listed(of);
  if (entry?.kind !== 'document') throw new Error('not listed');
  const read = await of.read(entry);
  if (read.kind !== 'text') throw new Error(read.kind);
  expect(read.content_sha256).toBe(entry.content_sha256);
  const { record } = read.parsed;
  expect(record?.compose(record.fields)).toEqual({ text: 'S\n\none\ntwo', metadata: { state: 'open' } });
  expect(record?.compose({ ...record.fields, body: '[gone]' }).text).toBe('S\n\n[gone]');
});

it('integers beyond 2^53 stay apart', async () => {
  const entries = await listed(
    source('{"id":9007199254740992}\n{"id":9007199254740993,"x":"12345678901234567890"}\n'),
  );
  expect(uris(entries)).toEqual(['t/9007199254740992', 't/9007199254740993']);
});

it('a number that no JSON can be written with again is text', async () => {
  const of = source('{"id":"a","x":1e999,"y":[-1e999,1e308]}\n');
  const [entry] = await listed(of);
  if (entry?.kind !== 'document') throw new Error('not listed');
  const read = await of.read(entry);
  expect(read).toMatchObject({ parsed: { record: { fields: { x: 'Infinity', y: ['-Infinity', 1e308] } } } });
});

it('what is no record is counted and located, never dropped, and quotes nothing of it', async () => {
  const lines = ['{"id":"a"}', '{"id":"secret', '[1]', '{"subject":"no key"}', '{"id":{}}', '{"id":"secret'];
  const entries = await listed(
    source(Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0xff, 0x0a])])),
  );
  const malformed = entries.filter((entry) => entry.kind === 'malformed');
  expect(malformed.map(({ location }) => location).sort()).toEqual([
    `${files}.jsonl:2 (and 1 more like it)`,
    `${files}.jsonl:3`,
    `${files}.jsonl:4`,
    `${files}.jsonl:5`,
    `${files}.jsonl:7`,
  ]);
  expect(JSON.stringify(malformed)).not.toContain('secret');
  expect(entries.filter((entry) => entry.kind === 'document')).toHaveLength(1);
});

it('two records with one key are an error that names both lines', async () => {
  const of = source('{"id":"a"}\n{"id":"b"}\n{"id":"a","subject":"x"}\n');
  await expect(listed(of)).rejects.toThrow(new RegExp(`t/a: ${files}.jsonl:1 and ${files}.jsonl:3`));
});

it('of versions of one record the newest counts, by instant and not by line', async () => {
  const of = source(
    [
      '{"id":"a","at":"2026-01-02T00:00:00Z","subject":"new"}',
      '{"id":"a","at":"2026-01-02T05:00:00+08:00","subject":"old"}',
      '{"id":"b","at":"2026-01-01T00:00:00Z"}',
      '{"id":"b","at":"2026-01-03T00:00:00Z","gone":true}',
    ].join('\n'),
    { load: BY_TIME },
  );
  expect(await listed(of)).toMatchObject([
    { kind: 'document', uri: 't/a', version: '2026-01-02T00:00:00.000000000Z' },
    { kind: 'deleted', uri: 't/b', version: '2026-01-03T00:00:00.000000000Z' },
  ]);
});

it('of thousands of versions and of equal damage each is counted, and one is listed', async () => {
  const at = (second: number) => new Date(second * 1000).toISOString();
  // The newest stands in the middle.
  const versions = Array.from(
    { length: 2000 },
    (_, i) => `{"id":"a","at":"${at((i + 1000) % 2000)}","n":${i}}`,
  );
  const broken = Array.from({ length: 1500 }, () => '{"id"');
  const of = source([...versions, ...broken, '{"id":"b","at":"2026-01-01T00:00:00Z"}'].join('\n'), {
    load: BY_TIME,
  });
  const entries = await listed(of);
  expect(uris(entries).filter((uri) => !uri.includes('!'))).toEqual(['t/a', 't/b']);
  const newest = entries.find(({ uri }) => uri === 't/a');
  expect(newest).toMatchObject({ kind: 'document', version: '1970-01-01T00:33:19.000000000Z' });
  if (newest?.kind !== 'document') throw new Error('not listed');
  expect(await of.read(newest)).toMatchObject({ parsed: { record: { fields: { n: 999 } } } });
  expect(entries.filter(({ kind }) => kind === 'malformed')).toMatchObject([
    { location: `${files}.jsonl:2001 (and 1499 more like it)` },
  ]);
});

it('two records with one key and one cursor are an error, unless they are the same', async () => {
  const same = '{"id":"a","at":"2026-01-02T00:00:00Z"}\n{"at":"2026-01-02T00:00:00Z","id":"a"}\n';
  expect(await listed(source(same, { load: BY_TIME }))).toHaveLength(1);
  const ties = '{"id":"a","at":"2026-01-02T00:00:00Z"}\n{"id":"a","at":"2026-01-02T08:00:00+08:00"}\n';
  await expect(listed(source(ties, { load: BY_TIME }))).rejects.toThrow('the same cursor');
});

it('a window lists what lies in it: the start, and not the end', async () => {
  const of = source(
    [1, 2, 3, 4].map((day) => `{"id":"${day}","at":"2026-01-0${day}T00:00:00Z"}`).join('\n'),
    { load: BY_TIME },
  );
  const window = { start: '2026-01-02T00:00:00.000000000Z', end: '2026-01-04T00:00:00.000000000Z' };
  expect(uris(await listed(of, window))).toEqual(['t/2', 't/3']);
});

it('a past window gives back no version that was followed by another, or deleted, since', async () => {
  const of = source(
    [
      '{"id":"a","at":"2026-01-01T00:00:00Z","v":1}',
      '{"id":"a","at":"2026-02-01T00:00:00Z","v":2}',
      '{"id":"b","at":"2026-01-01T00:00:00Z"}',
      '{"id":"b","at":"2026-02-01T00:00:00Z","gone":true}',
      '{"id":"c","at":"2026-01-01T00:00:00Z"}',
    ].join('\n'),
    { load: BY_TIME },
  );
  const january = { start: '2026-01-01T00:00:00.000000000Z', end: '2026-02-01T00:00:00.000000000Z' };
  expect(uris(await listed(of, january))).toEqual(['t/c']);
});

it('a record whose cursor cannot be read keeps its uri, and is refused', async () => {
  const entries = await listed(source('{"id":"a","at":"2026-01-01T00:00:00"}\n', { load: BY_TIME }));
  expect(entries).toMatchObject([
    { kind: 'malformed', uri: 't/a', message: expect.stringContaining('zone') },
  ]);
});

it('a file that is not there makes the listing incomplete', async () => {
  const of = source('');
  rmSync(join(folder, `${files}.jsonl`));
  expect(await listed(of)).toMatchObject([{ kind: 'unreadable', uri: 't/' }]);
});

it('.gz is unpacked, and one that is cut off is incomplete', async () => {
  const packed = gzipSync('{"id":"a"}\n{"id":"b"}\n');
  expect(uris(await listed(source(packed, {}, 'x.jsonl.gz')))).toEqual(['t/a', 't/b']);
  const cut = await listed(source(packed.subarray(0, packed.length - 6), {}, 'cut.jsonl.gz'));
  expect(cut[0]).toMatchObject({ kind: 'unreadable', uri: 't/' });
});

it('parts of a key are joined so that no two lists give one key', async () => {
  const mapping = { key: ['a', 'b'], text: ['x'], format: 'text', metadata_from: {} } as const;
  const of = source('{"a":"x/y","b":"z"}\n{"a":"x","b":"y/z"}\n{"a":"x%2Fy","b":"z"}\n', { mapping });
  expect(uris(await listed(of))).toEqual(['t/x%252Fy/z', 't/x%2Fy/z', 't/x/y%2Fz']);
});
