/**
 * Rows of a real PostgreSQL server, which test/support/postgres.ts starts from a development package: types, zones and
 * windows; what a server refuses; and what is lost on the way.
 */
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../../src/domain/cursor.js';
import { Secret } from '../../../src/domain/secret.js';
import type { PostgresSource, RowSet } from '../../../src/domain/source-spec.js';
import {
  createPostgresSource,
  postgresReader,
} from '../../../src/sources/records/postgres/postgres-reader.js';
import { readUrl } from '../../../src/sources/records/postgres/read-url.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../../support/postgres.js';
import { byCursor, COMMON, fieldsOf, listed, malformed, uris } from './records-fixture.js';

const missing = postgresMissing();

function spec(
  url: string,
  rows: RowSet = { table: 't' },
  over: Partial<PostgresSource> = {},
): PostgresSource {
  return {
    ...COMMON,
    type: 'postgres',
    url: new Secret(['PG_URL'], () => url),
    ca_file: undefined,
    rows,
    statement_timeout_ms: 20_000,
    ...over,
  };
}

describe('a PostgreSQL server', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    if (missing === undefined) server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async (context) => {
    if (missing !== undefined) context.skip(missing);
    await server.run(
      'DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public',
    );
  });
  const source = (rows?: RowSet, over?: Partial<PostgresSource>) =>
    createPostgresSource(spec(server.url(), rows, over));

  it('gives values as JSON has them: structures, all digits, microseconds in UTC, bytes by their hash', async () => {
    await server.run(`SET TimeZone = 'Asia/Shanghai';
      CREATE TYPE mood AS ENUM ('fine'); CREATE DOMAIN price AS numeric;
      CREATE TABLE t(id bigint, body text, n numeric(30, 10), p price, i int, r float8, b bool, at timestamptz, local timestamp,
        d date, u uuid, j json, jb jsonb, a text[], aa int8[], m mood, x bytea, s interval, nothing text, ns numeric[]);
      INSERT INTO t VALUES (9007199254740993, 'é', 12345678901234567890.0123456789, 1.50, -7, 'NaN', true,
        '2026-01-31T09:30:00.123456+08', '2026-01-31 09:30:00.5', '2026-01-31', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
        '{"k": 9007199254740993}', '{"k": [1, null]}', '{"a b",NULL}', '{9007199254740993,1}', 'fine', '\\x00ff', '1 day 2 hours',
        NULL, '{1.10}')`);
    const of = source();
    const entries = await listed(of);
    expect(await fieldsOf(of, entries, 't/9007199254740993')).toEqual({
      id: '9007199254740993',
      body: 'é',
      n: '12345678901234567890.0123456789',
      p: '1.50',
      i: -7,
      r: 'NaN',
      b: true,
      at: '2026-01-31T01:30:00.123456+00:00',
      local: '2026-01-31T09:30:00.5',
      d: '2026-01-31',
      u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      j: { k: '9007199254740993' },
      jb: { k: [1, null] },
      a: ['a b', null],
      aa: ['9007199254740993', 1],
      m: 'fine',
      x: 'sha256:06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8',
      s: 'P1DT2H',
      nothing: null,
      ns: ['1.10'],
    });
  });

  it('takes a table of another schema, names of any kind, views and queries', async () => {
    await server.run(`CREATE SCHEMA "Odd one"; CREATE TABLE "Odd one"."t""x"(id int, body text);
      INSERT INTO "Odd one"."t""x" VALUES (1, 'a'), (2, 'b'); CREATE VIEW v AS SELECT * FROM "Odd one"."t""x"`);
    expect(uris(await listed(source({ table: 'Odd one.t"x' })))).toEqual(['t/1', 't/2']);
    expect(uris(await listed(source({ table: 'v' })))).toEqual(['t/1', 't/2']);
    const query =
      'WITH w AS (SELECT * FROM v) SELECT id + 1 AS id, body FROM w WHERE id > 1 -- the second\n;';
    expect(uris(await listed(source({ query })))).toEqual(['t/3']);
  });

  it('gives more rows than come at once, all of one moment', async () => {
    await server.run(`CREATE TABLE t AS SELECT i AS id, 'x' AS body FROM generate_series(1, 1700) AS i`);
    let seen = 0;
    for await (const record of postgresReader(spec(server.url())).read(
      EVERYTHING,
      new AbortController().signal,
    )) {
      if (seen++ === 0) await server.run('DELETE FROM t WHERE id > 10');
      expect(record.kind).toBe('record');
    }
    expect(seen).toBe(1700);
    expect(await listed(source())).toHaveLength(10);
  });

  it('is never written to: not by a query, not by a function in it, not by two statements in one', async () => {
    await server.run(`CREATE TABLE t(id int, body text); INSERT INTO t VALUES (1, 'a');
      CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql AS 'BEGIN DELETE FROM t; RETURN 1; END'`);
    for (const query of [
      'DELETE FROM t RETURNING *',
      `SELECT wipe() AS id, '' AS body`,
      `SELECT 1 AS id, '' AS body) AS t; COMMIT; DELETE FROM t; SELECT * FROM (SELECT 1`,
      'WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d',
    ]) {
      expect(await listed(source({ query }))).toMatchObject([{ kind: 'unreadable', uri: 't/' }]);
    }
    expect(await server.run('SELECT * FROM t')).toHaveLength(1);
  });

  it.each([
    [
      'timestamptz',
      'timestamp',
      [
        `'2026-01-01T08:00:00.000001+08'`,
        `'2026-01-01T00:00:00Z'`,
        `'2025-12-31T23:59:59.999999Z'`,
        `'2026-01-02Z'`,
      ],
      '2026-01-01T00:00:00.000000000Z',
      '2026-01-02T00:00:00.000000000Z',
      ['0', '1'],
    ],
    [
      'timestamptz',
      'timestamp',
      [`'2026-01-01T00:00:00.000001Z'`, `'2026-01-01T00:00:00.000002Z'`],
      '2026-01-01T00:00:00.000001500Z',
      '2026-01-01T00:00:00.000002001Z',
      ['1'],
    ],
    [
      'bigint',
      'number',
      ['9007199254740992', '9007199254740993', '9223372036854775807'],
      '9007199254740993',
      '9223372036854775807',
      ['1'],
    ],
    ['numeric', 'number', ['9.99', '10', '11.5', '12'], '10', '12', ['1', '2']],
    ['float8', 'number', ['0.1', '0.2', '0.3'], '0.2', null, ['1', '2']],
    ['text', 'string', [`'a'`, `'B'`, `'b'`, `'é'`], 'b', null, ['2', '3']],
    [
      'text',
      'timestamp',
      [`'2026-01-01T00:30:00+01:00'`, `'2026-01-01T00:00:00Z'`],
      '2026-01-01T00:00:00.000000000Z',
      null,
      ['1'],
    ],
  ] as const)(
    '%s as a %s: what lies in the window, its start and not its end (%#)',
    async (type, cursor, values, start, end, expected) => {
      await server.run(`CREATE TABLE t(id int, body text, at ${type});
      INSERT INTO t VALUES ${values.map((value, index) => `(${index}, 'x', ${value})`).join(', ')}`);
      const entries = await listed(source(undefined, { load: byCursor(cursor) }), { start, end });
      expect(uris(entries)).toEqual(expected.map((id) => `t/${id}`));
    },
  );

  it('tells rows without a cursor in every window: they are malformed, not absent', async () => {
    await server.run(`CREATE TABLE t(id int, body text, at timestamptz);
      INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', 'infinity'), (3, 'c', '2026-01-01Z'), (4, 'd', '2027-01-01Z')`);
    const entries = await listed(source(undefined, { load: byCursor('timestamp') }), {
      start: '2026-06-01T00:00:00.000000000Z',
      end: null,
    });
    expect(uris(entries)).toEqual(['t/1', 't/2', 't/4']);
    expect(malformed(entries)).toHaveLength(2);
  });

  it('refuses a cursor that is no instant, and columns that are not there', async () => {
    await server.run('CREATE TABLE t(id int, body text, at timestamp)');
    await expect(listed(source(undefined, { load: byCursor('timestamp') }))).rejects.toThrow(
      'has the cursor "at", a timestamp without time zone, which is no instant',
    );
    await expect(listed(source({ query: 'SELECT id, at FROM t' }))).rejects.toThrow('has no column "body"');
    await expect(listed(source({ query: 'SELECT id, body, id FROM t' }))).rejects.toThrow('two columns');
  });

  it('says what it refuses, as an incomplete listing, and never the password', async () => {
    await server.run(`CREATE TABLE t(id int, body text);
      DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guest') THEN CREATE ROLE guest LOGIN PASSWORD 'gu3st-word'; END IF; END $$`);
    const told = async (url: string, rows?: RowSet): Promise<string> => {
      const entries = await listed(createPostgresSource(spec(url, rows)));
      expect(entries).toMatchObject([{ kind: 'unreadable', uri: 't/' }]);
      return entries[0]?.kind === 'unreadable' ? entries[0].message : '';
    };
    const at = `PostgreSQL at 127.0.0.1:${server.port}/postgres cannot be read:`;
    expect(await told(server.url(), { table: 'nope' })).toBe(`${at} relation "nope" does not exist (42P01)`);
    expect(await told(server.url('guest', 'gu3st-word'))).toBe(`${at} permission denied for table t (42501)`);
    const wrong = await told(server.url('guest', 'wr0ng-word'));
    expect(wrong).toBe('PostgreSQL cannot be read: the server refuses the user or the password (28P01)');
    expect(await told(server.url().replace(/postgres$/, 'other'))).toContain(
      'there is no such database (3D000)',
    );
    expect(await told(`${server.url()}?sslmode=require`)).toContain('does not support SSL');
    const slow = createPostgresSource(
      spec(
        server.url(),
        { query: 'SELECT 1 AS id, pg_sleep(30)::text AS body' },
        { statement_timeout_ms: 1000 },
      ),
    );
    expect(await listed(slow)).toMatchObject([
      { message: expect.stringContaining('statement_timeout_ms (57014)') },
    ]);
  });

  it('ends at once when the run is interrupted, and the server stops what it was doing', async () => {
    const controller = new AbortController();
    const sleeping = source({ query: 'SELECT 1 AS id, pg_sleep(60)::text AS body' });
    const read = async (): Promise<void> => {
      for await (const _ of sleeping.list(controller.signal)) throw new Error('listed');
    };
    const reading = expect(read()).rejects.toThrow('Ctrl-C');
    const active = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state = 'active'`;
    while ((await server.run(active)).length === 0);
    controller.abort(new Error('Ctrl-C'));
    await reading;
    while ((await server.run(active)).length > 0);
  });

  it('that dies in the middle of a listing leaves it incomplete', async () => {
    const other = await startPostgres();
    await other.run(`CREATE TABLE t AS SELECT i AS id, 'x' AS body FROM generate_series(1, 2000) AS i`);
    const kinds: string[] = [];
    for await (const record of postgresReader(spec(other.url())).read(
      EVERYTHING,
      new AbortController().signal,
    )) {
      if (kinds.push(record.kind) === 1) await other.kill();
    }
    expect(kinds).toHaveLength(501);
    expect(kinds.at(-1)).toBe('unreadable');
    expect(await listed(createPostgresSource(spec(other.url())))).toMatchObject([
      { kind: 'unreadable', message: 'PostgreSQL cannot be read: nothing answers there (ECONNREFUSED)' },
    ]);
  });
});

it('a server that speaks something else, or hangs up, is incomplete', async () => {
  const strange = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
  const address = strange.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const entries = await listed(createPostgresSource(spec(`postgres://u:secret-word@127.0.0.1:${port}/d`)));
  expect(entries).toMatchObject([{ kind: 'unreadable' }]);
  expect(JSON.stringify(entries)).not.toContain('secret-word');
  strange.close();
});

it('a url without its variable, or that is none, is an error that does not quote it', async () => {
  for (const url of [
    'secret-word',
    'mysql://u:secret-word@h/d',
    'postgres://u:secret-word@h/',
    'postgres://u:secret-word@h/d?sslmode=maybe',
    'postgres://u:secret-word@h/d?sslcert=x',
    'postgres://u:%E0secret-word@h/d',
  ]) {
    const error: unknown = await listed(createPostgresSource(spec(url))).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'E202' });
    expect(String(error) + JSON.stringify(error)).not.toContain('secret-word');
  }
});

it('connections are encrypted and verified, unless the url says otherwise or they stay on this machine', () => {
  const tls = (url: string, verifies = false) => readUrl(url, 't', verifies).tls;
  expect(tls('postgres://db.example.com/d')).toBe('full');
  expect(tls('postgres://localhost/d')).toBe('off');
  expect(tls('postgres:///d?host=/var/run/postgresql')).toBe('off');
  expect(tls('postgres://[::1]:5433/d')).toBe('off');
  expect(tls('postgres://localhost/d?sslmode=verify-full')).toBe('full');
  expect(tls('postgres://db.example.com/d?sslmode=disable')).toBe('off');
  expect(tls('postgres://db.example.com/d?sslmode=require')).toBe('encrypted');
  expect(tls('postgres://db.example.com/d?sslmode=require', true)).toBe('authority');
  expect(readUrl('postgres://a%40b:p%2Fw@db:6432/my%20db', 't', false)).toMatchObject({
    host: 'db',
    port: 6432,
    user: 'a@b',
    password: 'p/w',
    database: 'my db',
  });
});
