/** Rows of delimited values: quotes, lines, types, and what is not well formed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import type { CsvSource } from '../../../src/domain/source-spec.js';
import { createCsvSource } from '../../../src/sources/records/csv/csv-reader.js';
import { byCursor, COMMON, fieldsOf, listed, malformed, uris } from './records-fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'ingest-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function source(content: string | Buffer, over: Partial<CsvSource> = {}, name = 'x.csv') {
  const path = join(folder, name);
  writeFileSync(path, content);
  return createCsvSource({
    ...COMMON,
    type: 'csv',
    path,
    columns: undefined,
    delimiter: ',',
    quoting: 'rfc4180',
    null_values: [''],
    types: {},
    ...over,
  });
}

async function record(of: ReturnType<typeof source>, uri: string): Promise<unknown> {
  return await fieldsOf(of, await listed(of), uri);
}

it('quoted values hold delimiters, quotes and lines; the mark of the encoding and Windows line ends are no part of it', async () => {
  const of = source('\uFEFFid,body\r\n1,"a, ""b""\r\n\r\nc"\r\n\r\n2,é\r\n');
  expect(await record(of, 't/1')).toEqual({ id: '1', body: 'a, "b"\n\nc' });
  expect(await record(of, 't/2')).toEqual({ id: '2', body: 'é' });
});

it('the same rows in another order and with other line ends are the same records', async () => {
  const one = await listed(source('id,body\n1,"x\ny"\n2,z\n'));
  expect(await listed(source('id,body\r\n2,z\r\n1,"x\r\ny"'))).toEqual(one);
});

it('values are text; an empty one is none, and so is what the source declares', async () => {
  const of = source('id,body,n\n007,,NULL\n');
  expect(await record(of, 't/007')).toEqual({ id: '007', body: null, n: 'NULL' });
  const declared = source('id,body,n\n007,,NULL\n', { null_values: ['NULL'] });
  expect(await record(declared, 't/007')).toEqual({ id: '007', body: '', n: null });
});

it('declared types are read, and a row where a value is none of its type is located', async () => {
  const of = source('id,body,n,b\n1,x,-1.5e3,Yes\n2,x,12345678901234567890,0\n3,x,1k,t\n4,x,1,maybe\n', {
    types: { n: 'number', b: 'boolean' },
  });
  expect(await record(of, 't/1')).toEqual({ id: '1', body: 'x', n: -1500, b: true });
  expect(await record(of, 't/2')).toEqual({ id: '2', body: 'x', n: '12345678901234567890', b: false });
  expect(malformed(await listed(of))).toEqual(['x.csv:4 its n is no number', 'x.csv:5 its b is no boolean']);
});

it('a delimiter, no quotes and names of columns can be declared', async () => {
  const of = source('1\ta "b\tc\n2\t5" pipe\td\n', {
    delimiter: '\t',
    quoting: 'none',
    columns: ['id', 'body', 'more'],
  });
  expect(await record(of, 't/2')).toEqual({ id: '2', body: '5" pipe', more: 'd' });
  expect(await record(of, 't/1')).toEqual({ id: '1', body: 'a "b', more: 'c' });
});

it('what is not well formed is located, quotes nothing, and takes no other row with it', async () => {
  const rows = [
    'id,body',
    '1,a',
    '2,"secret',
    '3,b',
    '4,sec"ret',
    '5,"c"',
    '6',
    '7,"secret" x',
    '8,d,e',
    '9,"f\ng"',
  ];
  const entries = await listed(
    source(Buffer.concat([Buffer.from(`${rows.join('\n')}\n10,`), Buffer.from([0xff, 0x0a])])),
  );
  expect(uris(entries).filter((uri) => !uri.includes('!'))).toEqual(['t/1', 't/3', 't/5', 't/9']);
  expect(malformed(entries)).toEqual([
    'x.csv:12 not UTF-8',
    'x.csv:3 text stands behind a closing quote; a quote inside quotes is written twice',
    'x.csv:5 a quote stands inside a value without quotes',
    'x.csv:7 has 1 values, where there are 2 columns',
    'x.csv:8 text stands behind a closing quote; a quote inside quotes is written twice',
    'x.csv:9 has 3 values, where there are 2 columns',
  ]);
  expect(JSON.stringify(entries)).not.toContain('ret');
});

it('a quote that is never closed hides none of a thousand rows behind it', async () => {
  const behind = Array.from({ length: 1000 }, (_, index) => `${index},x`);
  const entries = await listed(source(['id,body', 'a,"open', ...behind].join('\n')));
  expect(entries.filter(({ kind }) => kind === 'document')).toHaveLength(1000);
  expect(malformed(entries)).toEqual(['x.csv:2 a quote is opened and never closed']);
});

it('rows far behind a broken one keep the numbers of their lines', async () => {
  const rows = Array.from({ length: 1700 }, (_, index) => (index === 600 ? '600,"a" b' : `${index},"x\ny"`));
  const entries = await listed(source(['id,body', ...rows].join('\n')));
  expect(entries.filter(({ kind }) => kind === 'document')).toHaveLength(1699);
  expect(malformed(entries)).toEqual([
    'x.csv:1202 text stands behind a closing quote; a quote inside quotes is written twice',
  ]);
});

it('two columns of one name, and a column that is declared and not there, are errors that name them', async () => {
  await expect(listed(source('id,body,id\n1,x,2\n'))).rejects.toThrow('two columns with the name "id"');
  await expect(listed(source('id,Body\n1,x\n'))).rejects.toThrow('x.csv has no column "body"');
  await expect(listed(source('id,body\n1,x\n', { types: { n: 'number' } }))).rejects.toThrow('no column "n"');
  const template = { ...COMMON.mapping, text: '{{body}} {{ more }}' };
  await expect(listed(source('id,body\n1,x\n', { mapping: template }))).rejects.toThrow('no column "more"');
  await expect(listed(source('id,body\n1,x\n', { load: byCursor('number') }))).rejects.toThrow(
    'no column "at"',
  );
});

it('a file without a header, cut off, or not there is incomplete, not empty', async () => {
  for (const content of ['', '\n\n', '"id', Buffer.from('\uFEFFid,body\n', 'utf16le')]) {
    expect(await listed(source(content))).toMatchObject([{ kind: 'unreadable', uri: 't/' }]);
  }
  const packed = gzipSync('id,body\n1,x\n2,y\n');
  const whole = source(packed, {}, 'x.csv.gz');
  expect(uris(await listed(whole))).toEqual(['t/1', 't/2']);
  const cut = await listed(source(packed.subarray(0, packed.length - 6), {}, 'cut.csv.gz'));
  expect(cut).toContainEqual(expect.objectContaining({ kind: 'unreadable', uri: 't/' }));
  const gone = source('id,body\n');
  rmSync(join(folder, 'x.csv'));
  expect(await listed(gone)).toMatchObject([{ kind: 'unreadable', uri: 't/' }]);
});

it('a table with a header and no row is empty', async () => {
  expect(await listed(source('id,body\n'))).toEqual([]);
});

it('a window lists its start and not its end, and a row without a cursor is malformed', async () => {
  const of = source('id,body,at\n1,a,9\n2,b,10\n3,c,11\n4,d,12\n5,e,\n', { load: byCursor('number') });
  const entries = await listed(of, { start: '10', end: '12' });
  expect(uris(entries)).toEqual(['t/2', 't/3', 't/5']);
  expect(malformed(entries)).toEqual(['x.csv:6 at, its cursor, has no value']);
});

it('a table of broken rows takes as many steps as it has rows, and every line is told', async () => {
  const rows = Array.from({ length: 3000 }, (_, index) => `${index},5" pipe`);
  const entries = await listed(source(['id,body', ...rows, 'a,whole'].join('\n')));
  expect(malformed(entries)).toHaveLength(3000);
  expect(uris(entries)).toContain('t/a');
});
