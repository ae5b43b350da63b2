/** Chroma behind TLS: a real reverse proxy before a real Chroma, with certificates made here. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';
import { DEFAULT_CONNECTION, type TlsFiles } from '../../../src/domain/connection.js';
import type { Target } from '../../../src/domain/manifest.js';
import { type Certificate, certificate } from '../../support/certificates.js';
import { startTlsProxy, type TlsProxy } from '../../support/tls-proxy.js';
import { identity, open, remote, vector } from './open-live.js';

const chromaUrl = inject('chromaUrl');
const folder = mkdtempSync(join(tmpdir(), 'ingest-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const authority = certificate({ name: 'authority', authority: true });
const stranger = certificate({ name: 'stranger', authority: true });
const server = certificate({ name: 'chroma', hosts: ['localhost', '127.0.0.1'], issuer: authority });
const client = certificate({ name: 'client', issuer: authority });

let proxies: TlsProxy[] = [];
afterEach(async () => {
  for (const proxy of proxies) await proxy.stop();
  proxies = [];
});

async function serve(shown: Certificate, options: ServerOptions = {}): Promise<TlsProxy> {
  const proxy = await startTlsProxy(chromaUrl, { cert: shown.cert, key: shown.key, ...options });
  proxies.push(proxy);
  return proxy;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const FILES = {
  ca_file: file('ca.pem', authority.cert),
  cert_file: file('client.pem', client.cert),
  key_file: file('client.key', client.key),
};

function at(port: number, tls: Partial<TlsFiles> = {}, host = 'localhost'): Target {
  const files = { ca_file: FILES.ca_file, cert_file: undefined, key_file: undefined, ...tls };
  return remote(`https://${host}:${port}`, { connection: { ...DEFAULT_CONNECTION, tls: files } });
}

async function refusal(target: Target): Promise<unknown> {
  return open({ target }).then(
    () => 'it was opened',
    (error: unknown) => error,
  );
}

const MUTUAL = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };

describe('a Chroma behind TLS', () => {
  test('whose authority is named is read and written', async () => {
    const proxy = await serve(server);
    const database = await open({ target: at(proxy.port) });
    const collection = await database.create(`tls-${randomUUID()}`, 'l2', identity());
    await collection?.put([{ id: 'a', text: 'a', vector: vector(1), metadata: { a: 1 } }]);
    expect(await collection?.count()).toBe(1);
    expect([...((await collection?.get(['a'])) ?? [])]).toHaveLength(1);
    expect(proxy.seen).toBeGreaterThan(5);
    await database.close();
  });

  test.each<[string, Certificate, RegExp]>([
    [
      'has expired',
      certificate({ name: 'c', hosts: ['localhost'], issuer: authority, expired: true }),
      /expired/,
    ],
    ['is self-signed', certificate({ name: 'c', hosts: ['localhost'] }), /self-signed/],
    [
      'is for another host',
      certificate({ name: 'c', hosts: ['other.test'], issuer: authority }),
      /another host/,
    ],
    ['is of a stranger', certificate({ name: 'c', hosts: ['localhost'], issuer: stranger }), /authority/],
  ])('whose certificate %s is not spoken to: E412, sent once, with advice', async (_, shown, why) => {
    const proxy = await serve(shown);
    const error = await refusal(at(proxy.port));
    expect(error).toMatchObject({
      code: 'E412',
      kind: 'world',
      message: expect.stringMatching(why),
      advice: expect.stringContaining('tls.ca_file'),
    });
    expect(proxy.seen).toBe(0);
  });

  test('is not trusted without the authority, and with an authority of its own no other is', async () => {
    const proxy = await serve(server);
    expect(await refusal(remote(`https://localhost:${proxy.port}`))).toMatchObject({ code: 'E412' });
    const others = at(proxy.port, { ca_file: file('stranger.pem', stranger.cert) });
    expect(await refusal(others)).toMatchObject({ code: 'E412' });
  });

  test('that asks for a client certificate is given it, and without one says so', async () => {
    const proxy = await serve(server, MUTUAL);
    const database = await open({ target: at(proxy.port, FILES) });
    expect(database.server.maxBatch).toBeGreaterThan(0);
    await database.close();
    const { seen } = proxy;
    // In TLS 1.3 a server refuses after the handshake, and all that is seen is a connection that was cut.
    expect(await refusal(at(proxy.port))).toMatchObject({
      code: 'E401',
      advice: expect.stringContaining('tls.cert_file'),
    });
    const foreign = certificate({ name: 'foreign', issuer: stranger });
    const wrong = {
      cert_file: file('foreign.pem', foreign.cert),
      key_file: file('foreign.key', foreign.key),
    };
    expect(await refusal(at(proxy.port, wrong))).toMatchObject({ code: 'E401' });
    expect(proxy.seen).toBe(seen);
  });

  test('that turns out to speak plain http: E412 says so', async () => {
    expect(await refusal(at(Number(new URL(chromaUrl).port)))).toMatchObject({
      code: 'E412',
      message: expect.stringMatching(/does not speak TLS/),
    });
  });
});

describe('a file of certificates', () => {
  test.each<[string, Partial<TlsFiles>, RegExp]>([
    [
      'that is not there',
      { ca_file: join(folder, 'none.pem') },
      /tls\.ca_file .*none\.pem cannot be read: ENOENT/,
    ],
    ['that is a folder', { ca_file: folder }, /tls\.ca_file .* cannot be read: EISDIR/],
    ['that holds no certificate', { ca_file: file('text.pem', 'hello') }, /tls\.ca_file .*no certificate/],
    [
      'that holds no key',
      { ...FILES, key_file: file('no.key', client.cert) },
      /tls\.key_file .*no private key/,
    ],
    [
      'whose key is of another',
      { ...FILES, key_file: file('other.key', server.key) },
      /tls\.key_file .*not the key of/,
    ],
    [
      'whose key is encrypted',
      {
        ...FILES,
        key_file: file(
          'secret.key',
          client.privateKey.export({
            type: 'pkcs8',
            format: 'pem',
            cipher: 'aes-256-cbc',
            passphrase: 'x',
          }) as string,
        ),
      },
      /tls\.key_file .*encrypted/,
    ],
  ])('%s is named before anything is sent, and nothing of it is quoted', async (_, tls, message) => {
    const error = await refusal(at(1, tls));
    expect(error).toMatchObject({ code: 'E412', kind: 'input', message: expect.stringMatching(message) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hello');
  });
});
