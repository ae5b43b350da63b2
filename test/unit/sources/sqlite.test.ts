/** Rows of a real SQLite database, which is never written to. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { EVERYTHING } from '../../../src/domain/cursor.js';
import type { RowSet, SqliteSource } from '../../../src/domain/source-spec.js';
import { openDatabase } from '../../../src/platform/sqlite.js';
import { createSqliteSource, sqliteReader } from '../../../src/sources/records/sqlite/sqlite-reader.js';
import { byCursor, COMMON, fieldsOf, listed, malformed, uris } from './records-fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'ingest-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function database(sql: string): string {
  const path = join(folder, `${++files}.db`);
  const db = openDatabase(path);
  db.exec(sql);
  db.close();
  return path;
}

function source(path: string, rows: RowSet = { table: 't' }, over: Partial<SqliteSource> = {}) {
  return createSqliteSource({ ...COMMON, type: 'sqlite', path, rows, ...over });
}

it('values keep their types: integers of 64 bits, none, bytes by their hash', async () => {
  const path = database(`CREATE TABLE t(id, body, x, y, z, b);
    INSERT INTO t VALUES (9223372036854775807, 'é', 9007199254740991, -1.5, NULL, x'00ff'), (2, 'b', 1e999, 0, 1, x'');`);
  const of = source(path);
  const entries = await listed(of);
  expect(uris(entries)).toEqual(['t/2', 't/9223372036854775807']);
  const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  expect(await fieldsOf(of, entries, 't/9223372036854775807')).toEqual({
    id: '9223372036854775807',
    body: 'é',
    x: 9007199254740991,
    y: -1.5,
    z: null,
    b: sha256(Buffer.from([0, 255])),
  });
  expect(await fieldsOf(of, entries, 't/2')).toMatchObject({ x: 'Infinity', b: sha256(Buffer.alloc(0)) });
});

it('names of tables and columns may hold anything', async () => {
  const path = database(
    `CREATE TABLE "a ""b"";--"("i d", "select"); INSERT INTO "a ""b"";--" VALUES (1, 'x');`,
  );
  const of = source(
    path,
    { table: 'a "b";--' },
    {
      mapping: { ...COMMON.mapping, key: ['i d'], text: ['select'] },
    },
  );
  expect(uris(await listed(of))).toEqual(['t/1']);
});

it('a query gives the rows, and what is not one that reads is refused', async () => {
  const path = database(`CREATE TABLE t(id, body); INSERT INTO t VALUES (1, 'x'), (2, 'y');`);
  const before = readFileSync(path);
  const query = 'SELECT id, upper(body) AS body FROM t WHERE id > 1; -- only the second';
  expect(uris(await listed(source(path, { query: query.split(' --')[0] ?? '' })))).toEqual(['t/2']);
  expect(uris(await listed(source(path, { query: 'SELECT * FROM t -- all' })))).toEqual(['t/1', 't/2']);
  for (const bad of [
    'DELETE FROM t',
    'SELECT 1; DELETE FROM t',
    '',
    'DELETE FROM t RETURNING *',
    'PRAGMA journal_mode = WAL',
  ]) {
    await expect(listed(source(path, { query: bad }))).rejects.toMatchObject({ code: 'E202' });
  }
  expect(readFileSync(path)).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.startsWith(`${files}.db`))).toEqual([`${files}.db`]);
});

it('columns that are declared and not there are named; a table that is not there makes the listing incomplete', async () => {
  const path = database('CREATE TABLE t(id, text)');
  await expect(listed(source(path))).rejects.toThrow(/table t, has no column "body"/);
  await expect(listed(source(path, { query: 'SELECT id, text AS body, id FROM t' }))).rejects.toThrow(
    'two columns',
  );
  const entries = await listed(source(path, { table: 'u' }));
  expect(entries).toMatchObject([
    { kind: 'unreadable', uri: 't/', message: expect.stringContaining('no such table: u') },
  ]);
});

it('what is no database, and what is not there, is incomplete and not created', async () => {
  const path = join(folder, 'text.db');
  writeFileSync(path, 'this is no database, but long enough to be looked at as one'.repeat(100));
  expect(await listed(source(path))).toMatchObject([
    { message: expect.stringContaining('no SQLite database') },
  ]);
  const missing = join(folder, 'none', 'x.db');
  expect(await listed(source(missing))).toMatchObject([{ kind: 'unreadable' }]);
  expect(await listed(source(join(folder, 'x.db')))).toMatchObject([{ kind: 'unreadable' }]);
  expect(readdirSync(folder)).not.toContain('x.db');
});

it('a listing is of one moment, whatever is committed while it is read', async () => {
  const path = database('PRAGMA journal_mode = WAL; CREATE TABLE t(id, body)');
  const writer = openDatabase(path);
  writer.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO t SELECT i, 'x' FROM n`);
  const spec = { ...COMMON, type: 'sqlite', path, rows: { table: 't' } } as const;
  let seen = 0;
  for await (const record of sqliteReader(spec).read(EVERYTHING, new AbortController().signal)) {
    if (seen++ === 0) writer.exec('DELETE FROM t WHERE id > 10');
    expect(record.kind).toBe('record');
  }
  expect(seen).toBe(3000);
  expect(await listed(source(path))).toHaveLength(10);
  writer.close();
});

it('a database that another program keeps locked is incomplete', async () => {
  const path = database(`CREATE TABLE t(id, body); INSERT INTO t VALUES (1, 'x')`);
  const writer = openDatabase(path);
  writer.exec('BEGIN EXCLUSIVE');
  expect(await listed(source(path))).toMatchObject([
    { kind: 'unreadable', message: expect.stringContaining('SQLITE_BUSY') },
  ]);
  writer.exec('COMMIT');
  writer.close();
  expect(await listed(source(path))).toHaveLength(1);
});

it.each([
  ['INTEGER', 'number', ['9', '10', '10.5', '11', '12'], { start: '10', end: '12' }, ['10', '10.5', '11']],
  [
    'NUMERIC',
    'number',
    ['-5', '9007199254740993', '9007199254740992'],
    { start: '9007199254740993', end: null },
    ['9007199254740993'],
  ],
  ['TEXT', 'number', ['9', '10', '100'], { start: '10', end: '100' }, ['10']],
  ['', 'number', ['9', '10', '100'], { start: '10', end: '100' }, ['10']],
  [
    'TEXT COLLATE NOCASE',
    'string',
    ['a', 'B', 'b', 'c', 'é', '😀', '～'],
    { start: 'b', end: null },
    ['b', 'c', 'é', '～', '😀'],
  ],
  [
    'TEXT',
    'timestamp',
    ['2026-01-01T00:30:00+01:00', '2026-01-01T00:00:00Z', '2025-12-31 23:59:59Z'],
    { start: '2026-01-01T00:00:00.000000000Z', end: null },
    ['2026-01-01T00:00:00Z'],
  ],
] as const)(
  '%s as a %s: what lies in the window, its start and not its end',
  async (declared, type, values, window, expected) => {
    const rows = values.map(
      (value, index) => `(${index}, ${declared === 'TEXT' || type !== 'number' ? `'${value}'` : value})`,
    );
    const path = database(`CREATE TABLE t(id, at ${declared}); INSERT INTO t VALUES ${rows.join(', ')}`);
    const of = source(
      path,
      { table: 't' },
      { load: byCursor(type), mapping: { ...COMMON.mapping, text: ['at'] } },
    );
    const entries = await listed(of, window);
    const found = await Promise.all(
      entries.map(async ({ uri }) => String(((await fieldsOf(of, entries, uri)) as { at: unknown }).at)),
    );
    expect(found.sort()).toEqual([...expected].sort());
  },
);

it('rows without a cursor, or with one of another type, are malformed in every window', async () => {
  const path = database(`CREATE TABLE t(id, body, at INTEGER);
    INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', 'soon'), (3, 'c', x'01'), (4, 'd', 5), (5, 'e', 50)`);
  const entries = await listed(source(path, { table: 't' }, { load: byCursor('number') }), {
    start: '20',
    end: '60',
  });
  expect(uris(entries)).toEqual(['t/1', 't/2', 't/3', 't/5']);
  expect(malformed(entries)).toHaveLength(3);
});

it('Ctrl-C ends a listing in its middle', async () => {
  const path = database(`CREATE TABLE t(id, body); INSERT INTO t VALUES (1, 'x'), (2, 'y')`);
  const controller = new AbortController();
  controller.abort(new Error('stopped'));
  const read = async (): Promise<void> => {
    for await (const _ of source(path).list(controller.signal)) throw new Error('listed');
  };
  await expect(read()).rejects.toThrow('stopped');
});
