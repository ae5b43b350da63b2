/** Transcripts, buckets and sites as a manifest declares them: faults at their place, defaults, and secrets that wait. */
import { expect, it } from 'vitest';
import { loadDesired } from '../../../src/desired/load-desired.js';
import { Secret } from '../../../src/domain/secret.js';
import { faultsOf, MINIMAL, options, workspace } from './workspace.js';

/** `${NAME}`, as a manifest says it. */
const of = (name: string): string => `\${${name}}`;
const HEAD = MINIMAL.slice(0, MINIMAL.indexOf('sources:'));
const declared = (source: string): string => `${HEAD}sources:\n  - { id: s, ${source} }\n`;

it.each([
  ['type: transcript', '8:14 E102 a transcript needs a "root" or a "path"'],
  ['type: transcript, path: a.vtt', '8:38 E112 the file a.vtt does not exist'],
  [
    'type: transcript, root: ../docs, path: ../desired/a.yaml',
    '8:32 E103 "path" is one file, and "root" is about a folder',
  ],
  ['type: transcript, root: ../none', '8:38 E112 the root ../none does not exist'],
  ['type: transcript, root: ../docs, fields: { begin: a }', '8:57 E101 unknown key "begin"'],
  ['type: s3', '8:5 E102 "sources[0]" needs the key "bucket"'],
  ['type: s3, bucket: b, secret_access_key: abc', 'E114'],
  [`type: s3, bucket: b, access_key_id: "${of('A')}"`, 'secret_access_key'],
  [
    `type: s3, bucket: b, anonymous: true, access_key_id: "${of('A')}", secret_access_key: "${of('B')}"`,
    'E103 "access_key_id" is for requests that are signed',
  ],
  ['type: s3, bucket: b, endpoint: minio', 'E103 endpoint must be a URL'],
  ['type: http', '8:14 E102 pages need "urls" or a "sitemap"'],
  ['type: http, urls: ["ftp://a/b"]', 'must be an http or https URL'],
  ['type: http, urls: ["https://a/b"], headers: { authorization: "Bearer abc" }', 'E114'],
  ['type: http, urls: ["https://a/b"], max_concurrency: 99', 'E107 max_concurrency must'],
  ['type: http, urls: ["https://a/b"], load: { mode: incremental_cursor }', 'only records have cursors'],
])('%s is a fault', async (source, expected) => {
  expect((await faultsOf(declared(source))).join('\n')).toContain(expected);
});

async function sourceOf(source: string, env: Readonly<Record<string, string>> = {}) {
  const cwd = await workspace({ 'desired/a.yaml': declared(source) });
  const { manifests } = await loadDesired(options(cwd, { env }));
  return manifests[0]?.sources[0];
}

it('a bucket has defaults, its prefix is a folder, and its keys wait until they are needed', async () => {
  const keys = `access_key_id: "${of('ID')}", secret_access_key: "${of('KEY')}"`;
  const found = await sourceOf(`type: s3, bucket: b, prefix: /a/b/, endpoint: "${of('AT')}", ${keys}`, {
    AT: 'http://h:9',
  });
  expect(found).toMatchObject({
    prefix: 'a/b/',
    endpoint: 'http://h:9',
    region: undefined,
    path_style: true,
    timeout_ms: 60_000,
    credentials: { access_key_id: expect.any(Secret), session_token: undefined },
  });
  if (found?.type !== 's3' || typeof found.credentials !== 'object') expect.fail('no keys');
  const { access_key_id } = found.credentials;
  expect(() => access_key_id.reveal()).toThrow(/ID is not set \(access_key_id of source s\)/);
  expect(await sourceOf('type: s3, bucket: b')).toMatchObject({
    prefix: '',
    path_style: false,
    credentials: 'default',
  });
  expect(await sourceOf('type: s3, bucket: b, anonymous: true')).toMatchObject({ credentials: 'none' });
});

it('a site has defaults, and its headers wait until they are needed', async () => {
  const found = await sourceOf(
    `type: http, sitemap: "https://h/s.xml", headers: { authorization: "Bearer ${of('TOKEN')}" }`,
  );
  expect(found).toMatchObject({ urls: [], hosts: [], max_concurrency: 4, delay_ms: 0, timeout_ms: 60_000 });
  if (found?.type !== 'http') expect.fail('no site');
  expect(() => found.headers['authorization']?.reveal()).toThrow(/TOKEN is not set/);
  expect(JSON.stringify(found)).not.toContain('TOKEN');
});

it('a transcript is a folder or a file, and its fields have the usual names', async () => {
  const fields = { start: 'start', end: 'end', speaker: 'speaker', text: 'said', time_unit: 'seconds' };
  expect(await sourceOf('type: transcript, root: ../docs, fields: { text: said }')).toMatchObject({
    place: { kind: 'folder', root: expect.stringMatching(/docs$/), include: [], exclude: [] },
    fields,
  });
  expect(await sourceOf('type: transcript, path: a.yaml')).toMatchObject({ place: { kind: 'file' } });
});
