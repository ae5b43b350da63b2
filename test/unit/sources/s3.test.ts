/** Objects of a bucket against a server at the level of the protocol: listings, reads, refusals. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { DocumentEntry, ListingEntry } from '../../../src/domain/document.js';
import { Secret } from '../../../src/domain/secret.js';
import { FULL_SNAPSHOT, type S3Credentials, type S3Source } from '../../../src/domain/source-spec.js';
import { compareUtf8 } from '../../../src/domain/text.js';
import { createS3Source } from '../../../src/sources/s3/s3-source.js';
import { KEYS, type S3Server, s3Server } from '../../support/s3-server.js';
import { filesSource, listAll, sourceContext, tempFolder, writeTree } from './source-fixture.js';

function secret(value: string): Secret {
  return new Secret(['NAME'], () => value);
}

function keys(over: Partial<Record<'id' | 'secret' | 'token', string>> = {}): S3Credentials {
  const { id, secret: key, token } = { id: KEYS.id, secret: KEYS.secret, token: undefined, ...over };
  return {
    access_key_id: secret(id),
    secret_access_key: secret(key),
    session_token: token === undefined ? undefined : secret(token),
  };
}

function bucket(server: S3Server, over: Partial<S3Source> = {}) {
  const spec: S3Source = {
    id: 'm',
    type: 's3',
    bucket: server.bucket,
    prefix: '',
    endpoint: server.url,
    region: undefined,
    path_style: true,
    include: [],
    exclude: [],
    credentials: keys(),
    timeout_ms: 20_000,
    contract: undefined,
    metadata: {},
    load: FULL_SNAPSHOT,
    ...over,
  };
  return createS3Source(spec, sourceContext());
}

const shown = (entries: readonly ListingEntry[]): string[] =>
  entries.map(
    (entry) => `${entry.kind} ${entry.uri}${entry.kind === 'unreadable' ? `: ${entry.message}` : ''}`,
  );

function documents(entries: readonly ListingEntry[]): DocumentEntry[] {
  return entries.flatMap((entry) => (entry.kind === 'document' ? [entry] : []));
}

it('lists all pages in the order of uris, whatever order the server has', async () => {
  const server = await s3Server();
  server.pageSize = 3;
  // In UTF-16 the last two would change places; and the server goes backwards.
  for (const key of ['b.md', 'a/z.md', 'a.md', 'a/b.txt', 'é.md', '\uFF5E.md', '\u{1F600}.md'])
    server.put(key, key);
  server.order = (a, b) => compareUtf8(b, a);
  const uris = (await listAll(bucket(server))).map(({ uri }) => uri);
  expect(uris).toEqual([...uris].sort(compareUtf8));
  expect(uris).toHaveLength(7);
  expect(server.asked()).toEqual(['list', 'list 3', 'list 6']);
});

it('keys may hold any character, and are found again', async () => {
  const server = await s3Server();
  const odd = [
    'a b+c.md',
    "it's (1)!*.md",
    '100%25.md',
    'a//b.md',
    'line\nbreak.md',
    'q?x=1&y#z.md',
    'ü.md',
    '中文/猫.md',
    '<&>.md',
  ];
  for (const key of odd) server.put(key, `text of ${JSON.stringify(key)}`);
  const source = bucket(server);
  const entries = documents(await listAll(source));
  expect(entries.map(({ path }) => path).sort()).toEqual([...odd].sort());
  for (const entry of entries) {
    const read = await source.read(entry);
    expect(read).toMatchObject({ kind: 'text', parsed: { text: `text of ${JSON.stringify(entry.path)}` } });
  }
});

it('takes the folder of the prefix, include and exclude, and passes over folders and what no folder could hold', async () => {
  const server = await s3Server();
  for (const key of [
    'en/a.md',
    'en/drafts/b.md',
    'en/drafts/deep/c.md',
    'en/c.txt',
    'en/.git/d.md',
    'english/e.md',
    'en/x.png',
  ])
    server.put(key, 'text');
  for (const key of ['en/', 'en/sub/']) server.put(key, '');
  server.put('en/../up.md', 'text');
  const source = bucket(server, { prefix: 'en/', exclude: ['**/drafts'] });
  expect(shown(await listAll(source))).toEqual([
    'skipped m/../up.md',
    'document m/a.md',
    'document m/c.txt',
    'skipped m/x.png',
  ]);
  expect(await source.exists('m/drafts/b.md')).toBe(true);
  expect(await source.exists('m/nowhere.md')).toBe(false);
  expect(await source.exists('other/a.md')).toBe(false);
  const one = bucket(server, { prefix: 'en/', include: ['*.md'] });
  expect(shown(await listAll(one))).toEqual(['document m/a.md']);
});

it('two keys that are one uri in NFC are refused with both', async () => {
  const server = await s3Server();
  server.put('caf\u00e9.md', 'one');
  server.put('cafe\u0301.md', 'two');
  await expect(listAll(bucket(server))).rejects.toMatchObject({
    code: 'E201',
    message: expect.stringContaining('caf\\u{e9}.md'),
  });
});

it('reads and hashes as a file of the same content is read and hashed', async () => {
  const server = await s3Server();
  const content = '\uFEFF---\r\nowner: ana\r\n---\r\n# Guide\r\n\r\nText.\r\n';
  server.put('a.md', content);
  const root = tempFolder();
  writeTree(root, { 'a.md': content });
  const [file, object] = [filesSource(root), bucket(server)];
  const [one, other] = [documents(await listAll(file))[0], documents(await listAll(object))[0]];
  if (one === undefined || other === undefined) expect.fail('not listed');
  const [expected, found] = [await file.read(one), await object.read(other)];
  expect(found).toEqual(expected);
  expect(await object.hash(other)).toEqual(await file.hash(one));
});

it('facts of an unchanged object are the same, of a rewritten one they differ', async () => {
  const server = await s3Server();
  server.put('a.md', 'one');
  server.put('b.md', 'two');
  const stats = async () => documents(await listAll(bucket(server))).map(({ stat }) => stat);
  const before = await stats();
  server.put('b.md', 'tow');
  const after = await stats();
  expect(after[0]).toEqual(before[0]);
  expect(after[1]).not.toEqual(before[1]);
  expect(after[1]?.size).toBe(before[1]?.size);
});

it('what has changed or vanished since it was listed is unreadable, not another text', async () => {
  const server = await s3Server();
  server.put('a.md', 'one');
  server.put('b.md', 'two');
  const source = bucket(server);
  const [a, b] = documents(await listAll(source));
  if (a === undefined || b === undefined) expect.fail('not listed');
  server.put('a.md', 'changed');
  server.objects.delete('b.md');
  expect(await source.read(a)).toEqual({ kind: 'unreadable', message: 'it has changed since it was listed' });
  expect(await source.hash(b)).toEqual({ unreadable: 'it has vanished since it was listed' });
});

it('a server that knows no conditions is not believed either', async () => {
  const server = await s3Server();
  server.conditions = false;
  server.put('a.md', 'one');
  const source = bucket(server);
  const [a] = documents(await listAll(source));
  if (a === undefined) expect.fail('not listed');
  expect(await source.read(a)).toMatchObject({ kind: 'text' });
  server.put('a.md', 'changed');
  expect(await source.read(a)).toEqual({ kind: 'unreadable', message: 'it has changed since it was listed' });
});

it('an object that is too large is refused without a download', async () => {
  const server = await s3Server();
  server.put('huge.md', Buffer.alloc(100 * 1024 * 1024 + 1, 0x61));
  const source = bucket(server);
  const [entry] = documents(await listAll(source));
  if (entry === undefined) expect.fail('not listed');
  const read = await source.read(entry);
  expect(read).toMatchObject({
    kind: 'reject',
    code: 'too-large',
    detail: expect.stringContaining('104857601 bytes'),
  });
  expect(await source.hash(entry)).toEqual({
    content_sha256: (read as { content_sha256: string }).content_sha256,
  });
  expect(server.asked()).toEqual(['list']);
});

it('what is stored packed is unpacked', async () => {
  const server = await s3Server();
  server.put('a.md', gzipSync('# Packed'), { 'content-encoding': 'gzip' });
  const source = bucket(server);
  const [entry] = documents(await listAll(source));
  if (entry === undefined) expect.fail('not listed');
  expect(await source.read(entry)).toMatchObject({ parsed: { text: '# Packed' } });
});

it('a page that fails makes the listing incomplete: what was seen is listed, and nothing is known to be gone', async () => {
  const server = await s3Server();
  server.pageSize = 2;
  for (const key of ['a.md', 'b.md', 'c.md']) server.put(key, 'text');
  server.fault = (request) => (request === 'list 2' ? { status: 500, code: 'InternalError' } : undefined);
  const source = bucket(server);
  expect(shown(await listAll(source))).toEqual([
    `unreadable m/: docs/ at ${server.url} cannot be listed: the server answers 500 (InternalError)`,
    'document m/a.md',
    'document m/b.md',
  ]);
  expect(await source.exists('m/c.md')).toBe(true);
  // Tried again before it was given up.
  expect(server.asked()).toEqual(['list', ...Array(4).fill('list 2')]);
});

it('a failure that passes is not seen', async () => {
  const server = await s3Server();
  server.put('a.md', 'text');
  let times = 0;
  server.fault = () => (times++ === 0 ? { status: 503, code: 'SlowDown' } : times === 3 ? 'cut' : undefined);
  const source = bucket(server);
  const [entry] = documents(await listAll(source));
  if (entry === undefined) expect.fail('not listed');
  expect(await source.read(entry)).toMatchObject({ kind: 'text' });
});

it.each([
  ['an unknown access key', { credentials: keys({ id: 'AKOTHER' }) }, 'the access key is not known there'],
  [
    'a wrong secret',
    { credentials: keys({ secret: 'wrong-secret' }) },
    'the signature is refused: the secret key is wrong',
  ],
  ['a wrong session token', { credentials: keys({ token: 'old-token' }) }, 'the session token is refused'],
  [
    'no signature',
    { credentials: 'none' },
    'access is denied: reading needs s3:ListBucket on the bucket and s3:GetObject on its objects',
  ],
  ['another bucket', { bucket: 'nowhere' }, 'the bucket does not exist'],
  ['a port where nobody listens', { endpoint: 'closed' }, 'no connection (ECONNREFUSED)'],
  ['TLS where there is none', { endpoint: 'https' }, 'what answers there does not speak TLS'],
] as const)('%s is told in words, and no secret with it', async (_name, over, expected) => {
  const server = await s3Server();
  const wanted = 'endpoint' in over ? over.endpoint : 'http';
  const endpoint = wanted === 'https' ? server.url.replace('http:', 'https:') : server.url;
  if (wanted === 'closed') await server.stop();
  const [entry, ...others] = await listAll(bucket(server, { ...over, endpoint }));
  expect(others).toEqual([]);
  if (entry?.kind !== 'unreadable') expect.fail('not unreadable');
  expect(entry.message).toContain(expected);
  expect(entry.message).not.toMatch(/AKTEST|AKOTHER|secret-key|wrong-secret|token-|old-token/);
});

it('a session token is sent, and a bucket for everybody needs no keys', async () => {
  const server = await s3Server();
  server.put('a.md', 'text');
  expect(shown(await listAll(bucket(server, { credentials: keys({ token: KEYS.token }) })))).toEqual([
    'document m/a.md',
  ]);
  server.signed = false;
  expect(shown(await listAll(bucket(server, { credentials: 'none' })))).toEqual(['document m/a.md']);
});

it('a bucket in another region says which', async () => {
  const server = await s3Server();
  server.fault = () => ({
    status: 301,
    code: 'PermanentRedirect',
    headers: { 'x-amz-bucket-region': 'eu-west-3' },
  });
  expect(shown(await listAll(bucket(server)))[0]).toMatch(
    /the bucket lies in another region: write region: eu-west-3$/,
  );
});

it('a server that says nothing is given up in time', async () => {
  const server = await s3Server();
  server.fault = () => 'hang';
  const [entry] = await listAll(bucket(server, { timeout_ms: 50 }));
  expect(entry).toMatchObject({
    kind: 'unreadable',
    message: expect.stringContaining('no answer within 50 ms'),
  });
});

it('a server that says that there is more, and not where, is not believed to be at its end', async () => {
  const server = await s3Server();
  server.put('a.md', 'text');
  server.pageSize = 0;
  const [entry] = await listAll(bucket(server));
  expect(entry).toMatchObject({ kind: 'unreadable', message: expect.stringContaining('that there is more') });
});

it('an answer that is no listing is neither an empty bucket nor the end of one', async () => {
  const server = await s3Server();
  server.pageSize = 1;
  for (const key of ['a.md', 'b.md']) server.put(key, 'text');
  const welcome = { status: 200, code: '', body: '<html><body>Welcome</body></html>' };
  server.fault = (request) => (request === 'list 1' ? welcome : undefined);
  const source = bucket(server);
  const entries = await listAll(source);
  expect(entries.map(({ kind, uri }) => `${kind} ${uri}`)).toEqual(['unreadable m/', 'document m/a.md']);
  expect(entries[0]).toMatchObject({ message: expect.stringContaining('is no listing of a bucket') });
  expect(await source.exists('m/b.md')).toBe(true);
});
