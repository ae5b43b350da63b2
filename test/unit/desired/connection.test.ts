/** How a manifest says how a Chroma elsewhere is spoken to. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDesired } from '../../../src/desired/load-desired.js';
import { DEFAULT_CONNECTION } from '../../../src/domain/connection.js';
import type { RemoteTarget } from '../../../src/domain/manifest.js';
import { limitsOf } from '../../../src/live/limits.js';
import { faultsOf, MINIMAL, options, workspace } from './workspace.js';

const withChroma = (chroma: string): string =>
  MINIMAL.replace('{ chroma: embedded }', `{ chroma: ${chroma} }`);

async function targetOf(
  chroma: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RemoteTarget & { readonly cwd: string }> {
  const cwd = await workspace({ 'desired/a.yaml': withChroma(chroma) });
  const { manifests } = await loadDesired(options(cwd, { env }));
  const target = manifests[0]?.target;
  if (target?.kind !== 'remote') expect.fail('not remote');
  return { ...target, cwd };
}

describe('a connection', () => {
  test('has the defaults when only the url is said', async () => {
    expect((await targetOf('http://c.test')).connection).toEqual(DEFAULT_CONNECTION);
  });

  test('has what is said, and the defaults of the rest; files are found from the manifest', async () => {
    const { connection, cwd } = await targetOf(
      '{ url: "https://c.test", tls: { ca_file: ../ca.pem }, timeout_ms: 5000, retries: { rate_limit: 9 }, limits: { write_records: 7 } }',
    );
    expect(connection).toEqual({
      tls: { ca_file: path.join(cwd, 'ca.pem'), cert_file: undefined, key_file: undefined },
      timeout_ms: 5_000,
      retries: { ...DEFAULT_CONNECTION.retries, rate_limit: 9 },
      profile: 'server',
      limits: { write_records: 7 },
    });
  });

  test('to Chroma Cloud has its url, its token, resolved at first use, and its quotas', async () => {
    const env: Record<string, string> = {};
    const target = await targetOf(`{ cloud: { tenant: t, database: d, api_key: "\${KEY}" } }`, env);
    expect(target).toMatchObject({ url: 'https://api.trychroma.com', tenant: 't', database: 'd' });
    expect(target.connection.profile).toBe('cloud');
    expect(() => target.headers['x-chroma-token']?.reveal()).toThrow(
      expect.objectContaining({ code: 'E109' }),
    );
    env['KEY'] = 'planted';
    expect(target.headers['x-chroma-token']?.reveal()).toBe('planted');
  });

  test.each([
    ['https://api.trychroma.com', 'cloud'],
    ['https://europe.trychroma.com:443/x', 'cloud'],
    ['https://trychroma.com.evil.test', 'server'],
  ])('to %s has the limits of a %s', async (url, profile) => {
    expect((await targetOf(url)).connection.profile).toBe(profile);
  });
});

describe('a fault', () => {
  test.each<[string, string, RegExp]>([
    ['neither url nor cloud', '{ collection: abc }', /E102 "chroma" needs the key "url"/],
    ['certificates over http', '{ url: "http://c.test", tls: { ca_file: a } }', /E103 .*need an https URL/],
    [
      'the key of Cloud over http',
      `{ url: "http://c.test", cloud: { tenant: t, database: d, api_key: "\${K}" } }`,
      /E103 .*need an https URL/,
    ],
    [
      'a certificate without its key',
      '{ url: "https://c.test", tls: { cert_file: a } }',
      /E102 "tls" needs the key "key_file"/,
    ],
    [
      'a key without its certificate',
      '{ url: "https://c.test", tls: { key_file: a } }',
      /E102 "tls" needs the key "cert_file"/,
    ],
    [
      'a tenant beside Cloud',
      `{ cloud: { tenant: t, database: d, api_key: "\${K}" }, tenant: t }`,
      /E103 "tenant" stands in "cloud" already/,
    ],
    [
      'two tokens',
      `{ cloud: { tenant: t, database: d, api_key: "\${K}" }, headers: { X-Chroma-Token: "\${K}" } }`,
      /E103 this header is what cloud\.api_key sends/,
    ],
    ['a literal key', '{ cloud: { tenant: t, database: d, api_key: ck-1 } }', /E114 .*CHROMA_API_KEY/],
    [
      'certificates of an embedded one',
      '{ url: embedded, tls: { ca_file: a } }',
      /E103 "tls" needs a server/,
    ],
    ['limits of an embedded one', '{ url: embedded, limits: {} }', /E103 "limits" needs a server/],
    ['no patience at all', '{ url: "http://c.test", timeout_ms: 10 }', /E107 timeout_ms/],
    [
      'a retry that does not exist',
      '{ url: "http://c.test", retries: { unreachble: 1 } }',
      /E101 .*unreachable/,
    ],
    [
      'a switch to turn the check off',
      '{ url: "https://c.test", tls: { insecure: true } }',
      /E101 unknown key/,
    ],
  ])('%s', async (_, chroma, expected) => {
    expect(await faultsOf(withChroma(chroma))).toEqual([expect.stringMatching(expected)]);
  });
});

test('what is said of the limits wins over the profile, and pages stay within what servers were seen to bear', () => {
  const said = limitsOf({
    profile: 'cloud',
    limits: { write_records: 900, read_records: 9_000, key_bytes: 50 },
  });
  expect(said).toMatchObject({ writeRecords: 900, deleteIds: 900, pageOfIds: 9_000, keyBytes: 50 });
  expect(said).toMatchObject({ pageOfRecords: 5_000, pageOfVectors: 1_000, documentBytes: 16_384 });
  expect(limitsOf({ profile: 'cloud', limits: {} })).toMatchObject({ writeRecords: 300, pageOfVectors: 300 });
});
