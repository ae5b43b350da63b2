/** Pages by url against a real server: what is asked, followed, decoded, believed to be gone, and not believed. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type DocumentEntry, isUnreadFolder, type ListingEntry } from '../../../src/domain/document.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import { Secret } from '../../../src/domain/secret.js';
import { FULL_SNAPSHOT, type HttpSource } from '../../../src/domain/source-spec.js';
import { createHttpSource } from '../../../src/sources/http/http-source.js';
import { openPageCache } from '../../../src/sources/http/page-cache.js';
import type { SourceContext } from '../../../src/sources/source-context.js';
import { type PageServer, pageServer } from '../../support/page-server.js';
import { realClock } from '../../support/real-clock.js';
import { listAll, sourceContext, tempFolder, writeTree } from './source-fixture.js';

/** Waits are noted, and nobody waits. */
function patientClock(waits: number[] = []): Clock {
  return { ...realClock(), random: () => 0.5, sleep: async (ms) => void waits.push(ms) };
}

function site(over: Partial<HttpSource>, context: Partial<SourceContext> = {}) {
  const spec: HttpSource = {
    id: 'site',
    type: 'http',
    urls: [],
    sitemap: undefined,
    hosts: [],
    include: [],
    exclude: [],
    headers: {},
    max_concurrency: 4,
    delay_ms: 0,
    timeout_ms: 20_000,
    contract: undefined,
    metadata: {},
    load: FULL_SNAPSHOT,
    ...over,
  };
  return createHttpSource(spec, sourceContext({ clock: patientClock(), ...context }));
}

/** With the port of the server left out. */
function shown(entries: readonly ListingEntry[], server: PageServer): string[] {
  return entries.map((entry) => {
    const why =
      entry.kind === 'unreadable' ? `: ${entry.message}` : entry.kind === 'skipped' ? ` ${entry.reason}` : '';
    return `${entry.kind} ${entry.uri}${why}`.replaceAll(server.host, 'HOST');
  });
}

const documents = (entries: readonly ListingEntry[]): DocumentEntry[] =>
  entries.flatMap((entry) => (entry.kind === 'document' ? [entry] : []));

async function textOf(source: ReturnType<typeof site>, entry: DocumentEntry | undefined): Promise<string> {
  if (entry === undefined) expect.fail('not listed');
  const read = await source.read(entry);
  return read.kind === 'text' ? read.parsed.text : `${read.kind}: ${JSON.stringify(read)}`;
}

it('lists pages in the order of uris, without schemes and fragments, and reads each by its content type', async () => {
  const server = await pageServer();
  server.html('/guide/b', 'Falcons nest.');
  server.pages.set('/guide/a', { body: '# Badgers\n\nDig.', type: 'text/markdown' });
  server.pages.set('/raw.md', { body: '# Moles\n\nTunnel.', type: 'text/plain' });
  server.pages.set('/p?x=1', { body: 'Otters sleep.', type: 'text/plain; charset=utf-8' });
  server.pages.set('/logo', { body: 'png', type: 'image/png' });
  server.pages.set('/caf%C3%A9', { body: 'Herons wait.', type: 'text/plain' });
  const paths = ['/raw.md', '/p?x=1', '/guide/b#part', '/guide/a', '/logo', '/café'];
  const source = site({ urls: paths.map((path) => server.url + path) });
  const entries = await listAll(source);
  expect(shown(entries, server)).toEqual([
    'document site/HOST/café',
    'document site/HOST/guide/a',
    'document site/HOST/guide/b',
    'skipped site/HOST/logo unsupported-type',
    'document site/HOST/p?x=1',
    'document site/HOST/raw.md',
  ]);
  expect(documents(entries).map(({ parser }) => parser)).toEqual([
    'text',
    'markdown',
    'html',
    'text',
    'markdown',
  ]);
  const texts = [];
  for (const entry of documents(entries)) {
    texts.push(await textOf(source, entry));
    expect(await source.hash(entry)).toEqual({ content_sha256: entry.content_sha256 });
    expect(await source.read(entry)).toMatchObject({ content_sha256: entry.content_sha256 });
  }
  expect(texts[2]).toContain('Falcons nest.');
  // Downloaded once each: reading asks nobody again.
  expect(server.asked()).toHaveLength(6);
});

it('an unchanged page answers 304 and is not downloaded, by ETag or by date; one without either is', async () => {
  const server = await pageServer();
  server.html('/a', 'one');
  server.pages.set('/b', { body: 'two', type: 'text/plain', validators: 'date' });
  server.pages.set('/c', { body: 'three', type: 'text/plain', validators: false });
  server.html('/final', 'four');
  server.redirects.set('/d', '/final');
  const file = join(tempFolder(), 'pages.db');
  const urls = ['/a', '/b', '/c', '/d'].map((path) => server.url + path);
  const run = async () => {
    const cache = openPageCache(file);
    const source = site({ urls }, { pages: async () => cache });
    const entries = documents(await listAll(source));
    return { source, entries, cache, asked: server.asked() };
  };
  const first = await run();
  expect(first.asked).toEqual(['200 /a', '200 /b', '200 /c', '200 /final', '302 /d']);
  first.cache.close();
  const second = await run();
  expect(second.asked).toEqual(['200 /c', '302 /d', '304 /a', '304 /b', '304 /final']);
  expect(second.entries).toEqual(first.entries);
  // What is wanted all the same is downloaded then.
  expect(await textOf(second.source, second.entries[0])).toContain('one');
  expect(server.asked()).toEqual(['200 /a']);
  second.cache.close();
  server.html('/a', 'another');
  const third = await run();
  expect(third.asked).toContain('200 /a');
  expect(third.entries[0]?.content_sha256).not.toBe(first.entries[0]?.content_sha256);
  third.cache.close();
});

it('a damaged cache costs downloads and nothing else', async () => {
  const server = await pageServer();
  server.html('/a', 'one');
  const folder = tempFolder();
  writeTree(folder, {
    'pages.db': 'this is no database, and long enough to be looked at by anybody who opens it',
  });
  const cache = openPageCache(join(folder, 'pages.db'));
  for (const expected of [['200 /a'], ['304 /a']]) {
    await listAll(site({ urls: [`${server.url}/a`] }, { pages: async () => cache }));
    expect(server.asked()).toEqual(expected);
  }
  cache.close();
});

it('404 and 410 are gone; everything else that is no page is unreadable, and nobody calls it gone', async () => {
  const server = await pageServer();
  const statuses = [400, 401, 403, 404, 410, 429, 500, 502, 503];
  server.fault = (path) => ({ status: Number(path.slice(1)) });
  const source = site({ urls: statuses.map((status) => `${server.url}/${status}`) });
  const entries = await listAll(source);
  expect(shown(entries, server)).toEqual(
    [400, 401, 403, 429, 500, 502, 503].map(
      (status) => `unreadable site/HOST/${status}: the server answers ${status}`,
    ),
  );
  // Also where its url ends as a folder's does: it is one page, and counted as one.
  server.fault = () => ({ status: 500 });
  const [page] = await listAll(site({ urls: [`${server.url}/guide/`] }));
  expect(page).toMatchObject({ kind: 'unreadable', uri: `site/${server.host}/guide/` });
  expect(page?.kind === 'unreadable' && isUnreadFolder(page)).toBe(false);
  expect(await source.exists(`site/${server.host}/404`)).toBe(false);
  expect(await source.exists(`site/${server.host}/500`)).toBe(true);
  // The listing broke off: who knows.
  expect(await source.exists(`site/${server.host}/elsewhere`)).toBe(true);
});

it.each([
  ['no answer', 'hang', 50, /no answer within 50 ms/],
  ['a cut answer', 'cut', 30_000, /the connection was cut/],
] as const)('%s is unreadable, after three tries', async (_name, fault, timeout_ms, expected) => {
  const server = await pageServer();
  server.fault = () => fault;
  const waits: number[] = [];
  const source = site({ urls: [`${server.url}/a`], timeout_ms }, { clock: patientClock(waits) });
  const [entry] = await listAll(source);
  expect(entry).toMatchObject({ kind: 'unreadable', message: expect.stringMatching(expected) });
  // Between one try and the next; a busy machine may give one up before the server hears of it.
  expect(waits).toHaveLength(2);
});

it('waits as long as Retry-After says, within bounds', async () => {
  const server = await pageServer();
  server.html('/a', 'one');
  let busy = 1;
  let after = '7';
  server.fault = () => (busy-- > 0 ? { status: 429, headers: { 'retry-after': after } } : undefined);
  const waits: number[] = [];
  const list = () => listAll(site({ urls: [`${server.url}/a`] }, { clock: patientClock(waits) }));
  expect((await list())[0]?.kind).toBe('document');
  expect(waits).toEqual([7000]);
  [busy, after] = [1, '3600'];
  expect((await list())[0]?.kind).toBe('unreadable');
  expect(waits).toEqual([7000]);
});

it('a server that is down is not asked for every page', async () => {
  const server = await pageServer();
  server.fault = () => ({ status: 503 });
  const urls = Array.from({ length: 40 }, (_, i) => `${server.url}/${String(i).padStart(2, '0')}`);
  const entries = await listAll(site({ urls }));
  expect(entries.map(({ kind }) => kind)).toEqual(Array(40).fill('unreadable'));
  expect(entries.at(-1)).toMatchObject({ message: 'not asked: the server did not answer 8 pages before it' });
  expect(new Set(server.asked()).size).toBeLessThan(16);
});

it('redirects are followed on declared hosts, and recorded under the url that is listed', async () => {
  const [server, other] = [await pageServer(), await pageServer()];
  server.html('/new', 'Moved words.');
  server.redirects.set('/old', '/new');
  server.redirects.set('/loop', '/loop');
  server.redirects.set('/away', 'http://login.example.com/');
  server.redirects.set('/file', 'file:///etc/passwd');
  server.redirects.set('/gone', '/nowhere');
  other.html('/', 'Not ours.');
  const source = site({
    urls: ['/old', '/loop', '/away', '/file', '/gone'].map((path) => server.url + path),
  });
  const entries = await listAll(source);
  expect(shown(entries, server)).toEqual([
    'unreadable site/HOST/away: it redirects to login.example.com, which is none of the hosts of this source',
    'unreadable site/HOST/file: it redirects to what is no page of the web',
    'unreadable site/HOST/loop: it redirects more than 5 times',
    'document site/HOST/old',
  ]);
  expect(await textOf(source, documents(entries)[0])).toContain('Moved words.');
});

it('a sitemap names its pages, an index its sitemaps, packed or not; what lies elsewhere is skipped', async () => {
  const server = await pageServer();
  for (const path of ['/guide/a', '/guide/b?x=1&y=2', '/blog/c']) server.html(path, `Words of ${path}.`);
  server.sitemap('/one.xml', [
    `${server.url}/guide/a`,
    'https://elsewhere.example.com/x',
    'mailto:a@example.com',
  ]);
  server.sitemap('/two.xml', [
    `${server.url}/guide/b?x=1&y=2`,
    `${server.url}/blog/c`,
    `${server.url}/guide/a`,
  ]);
  const packed = server.pages.get('/two.xml');
  server.pages.set('/two.xml.gz', { body: gzipSync(packed?.body ?? ''), type: 'application/gzip' });
  server.sitemap('/index.xml', [`${server.url}/one.xml`, `${server.url}/two.xml.gz`], 'sitemapindex');
  const all = site({ sitemap: `${server.url}/index.xml` });
  expect(shown(await listAll(all), server)).toEqual([
    'document site/HOST/blog/c',
    'document site/HOST/guide/a',
    'document site/HOST/guide/b?x=1&y=2',
    'skipped site/elsewhere.example.com/x outside-root',
  ]);
  const some = site({ sitemap: `${server.url}/index.xml`, include: ['guide/**'], exclude: ['**/a'] });
  expect(documents(await listAll(some)).map(({ uri }) => uri)).toEqual([
    `site/${server.host}/guide/b?x=1&y=2`,
  ]);
  expect(await some.exists(`site/${server.host}/guide/a`)).toBe(true);
  expect(await some.exists(`site/${server.host}/guide/z`)).toBe(false);
});

it.each([
  ['is not there', undefined, 'the server says that it is gone'],
  ['is no XML', '<urlset><url>', 'line 1: not well-formed XML'],
  ['is a page', '<html></html>', 'it is no sitemap: neither a urlset nor a sitemapindex'],
  [
    'is packed and cut',
    gzipSync('<urlset/>').subarray(0, 12),
    'it cannot be unpacked, or is larger than 67108864 bytes',
  ],
])('a sitemap that %s makes the listing incomplete', async (_name, body, expected) => {
  const server = await pageServer();
  server.html('/a', 'one');
  if (body !== undefined) server.pages.set('/sitemap.xml', { body, type: 'application/xml' });
  const source = site({ urls: [`${server.url}/a`], sitemap: `${server.url}/sitemap.xml` });
  expect(shown(await listAll(source), server)).toEqual([
    `unreadable site/: the sitemap http://HOST/sitemap.xml cannot be read: ${expected}`,
    'document site/HOST/a',
  ]);
  expect(await source.exists(`site/${server.host}/b`)).toBe(true);
});

it('two urls that are one uri are refused with both', async () => {
  const server = await pageServer();
  const urls = [`${server.url}/caf%C3%A9`, `${server.url}/cafe%CC%81`];
  await expect(listAll(site({ urls }))).rejects.toMatchObject({ code: 'E201' });
});

it.each([
  ['by the header', Buffer.from('Caf\xe9', 'latin1'), 'text/plain; charset=iso-8859-1', 'Café'],
  ['by a byte order mark', Buffer.from('\uFEFFCafé', 'utf16le'), 'text/plain', 'Café'],
  ['by the page', Buffer.from('<meta charset="windows-1251"><p>\xcf\xf0\xe8', 'latin1'), 'text/html', 'При'],
  ['Japanese', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), 'text/plain; charset=Shift_JIS', '日本'],
  ['wrongly, and is UTF-8', Buffer.from('Café'), 'text/plain; charset=iso-8859-1', 'Café'],
  ['by a name that nobody knows', Buffer.from('Café'), 'text/plain; charset=x-unknown', 'Café'],
])('a charset that is declared %s is decoded', async (_name, body, type, expected) => {
  const server = await pageServer();
  server.pages.set('/a', { body, type });
  const source = site({ urls: [`${server.url}/a`] });
  expect((await textOf(source, documents(await listAll(source))[0])).trim()).toBe(expected);
});

it('what is packed on the way is unpacked, and what is not in its charset is refused', async () => {
  const server = await pageServer();
  server.pages.set('/a', {
    body: gzipSync('# A'),
    type: 'text/markdown',
    headers: { 'content-encoding': 'gzip' },
  });
  server.pages.set('/b', { body: Buffer.from([0x61, 0xff]), type: 'text/plain' });
  const source = site({ urls: [`${server.url}/a`, `${server.url}/b`] });
  const [a, b] = documents(await listAll(source));
  expect(await textOf(source, a)).toBe('# A');
  expect(await textOf(source, b)).toContain('"code":"invalid-utf8"');
});

it('headers are sent, at most so many requests run at once, and one begins so long after the other', async () => {
  const server = await pageServer();
  const urls = Array.from({ length: 12 }, (_, i) => `${server.url}/${i}`);
  for (let i = 0; i < 12; i++) server.html(`/${i}`, `page ${i}`);
  const waits: number[] = [];
  const authorization = new Secret(['TOKEN'], () => 'Bearer abc\n');
  const source = site(
    { urls, max_concurrency: 2, delay_ms: 1000, headers: { Authorization: authorization } },
    { clock: { ...patientClock(waits), monotonic: () => 5 } },
  );
  expect(await listAll(source)).toHaveLength(12);
  expect(server.most).toBeLessThanOrEqual(2);
  expect(server.headers.map((headers) => headers.authorization)).toEqual(Array(12).fill('Bearer abc'));
  expect(waits).toEqual(Array.from({ length: 11 }, (_, i) => (i + 1) * 1000));
});
