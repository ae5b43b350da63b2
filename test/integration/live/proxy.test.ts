/** Chroma and embedding providers behind a proxy, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY name it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { DEFAULT_CONNECTION } from '../../../src/domain/connection.js';
import type { Target } from '../../../src/domain/manifest.js';
import { createProvider } from '../../../src/embedding/create-provider.js';
import { providerFetch } from '../../../src/embedding/provider-fetch.js';
import { certificate } from '../../support/certificates.js';
import { embeddingSpec } from '../../support/embedding-fixtures.js';
import { startEmbeddingServer } from '../../support/embedding-server.js';
import { type ForwardProxy, startForwardProxy } from '../../support/forward-proxy.js';
import { realClock } from '../../support/real-clock.js';
import { startTlsProxy, type TlsProxy } from '../../support/tls-proxy.js';
import { identity, open, remote, vector } from './open-live.js';

const chromaUrl = inject('chromaUrl');
const chromaPort = chromaUrl === '' ? '0' : new URL(chromaUrl).port;
/** No such name exists: whoever reaches it went through the proxy. */
const PLAIN = `http://chroma.test:${chromaPort}`;
const PASSWORD = 'ana:p%40ss-planted-77';

const folder = mkdtempSync(join(tmpdir(), 'ingest-proxy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const authority = certificate({ name: 'authority', authority: true });
const ca_file = join(folder, 'ca.pem');
writeFileSync(ca_file, authority.cert);

let proxy: ForwardProxy;
let secure: TlsProxy;
beforeEach(async () => {
  proxy = await startForwardProxy();
  const { cert, key } = certificate({ name: 'c', hosts: ['chroma.test'], issuer: authority });
  secure = await startTlsProxy(chromaUrl === '' ? 'http://localhost:1' : chromaUrl, { cert, key });
});
afterEach(async () => {
  await proxy.stop();
  await secure.stop();
});

function tls(host = 'chroma.test'): Target {
  const files = { ca_file, cert_file: undefined, key_file: undefined };
  return remote(`https://${host}:${secure.port}`, { connection: { ...DEFAULT_CONNECTION, tls: files } });
}

/** Retries are of no interest here. */
const restless = { ...realClock(), sleep: async () => {} };

async function refusal(target: Target, env: Readonly<Record<string, string>>): Promise<Error> {
  return open({ target, env, clock: restless }).then(
    () => new Error('it was opened'),
    (error: Error) => error,
  );
}

/** The error with every cause below it, as `--verbose` and a debugger would show them. */
function everything(error: unknown): string {
  let text = '';
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    text += `${at.stack} ${JSON.stringify(at, Object.getOwnPropertyNames(at))}\n`;
  }
  return text;
}

describe('Chroma behind a proxy', () => {
  test('over http: every request of every kind is asked of the proxy with its whole url', async () => {
    const database = await open({ target: remote(PLAIN), env: { HTTP_PROXY: proxy.url } });
    const collection = await database.create(`proxy-${randomUUID()}`, 'l2', identity());
    await collection?.put([{ id: 'a', text: 'a', vector: vector(1), metadata: { a: 1 } }]);
    expect(await collection?.count()).toBe(1);
    await database.close();
    expect(proxy.requests.length).toBeGreaterThan(5);
    expect(proxy.requests.filter((line) => !line.includes(` ${PLAIN}/`))).toEqual([]);
  });

  test('over https: a tunnel, in which the proxy sees no request, with the same certificates', async () => {
    const database = await open({ target: tls(), env: { https_proxy: proxy.url } });
    const collection = await database.create(`proxy-${randomUUID()}`, 'l2', identity());
    await collection?.put([{ id: 'a', text: 'a', vector: vector(1), metadata: { a: 1 } }]);
    expect(await collection?.count()).toBe(1);
    await database.close();
    expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT chroma.test:${secure.port}`]));
    expect(secure.seen).toBeGreaterThan(5);
    expect(await refusal(tls('other.test'), { HTTPS_PROXY: proxy.url })).toMatchObject({
      code: 'E412',
      message: expect.stringMatching(/another host/),
    });
  });

  test.each(['http', 'https'])('over %s: gives the password that the variable holds', async (scheme) => {
    proxy.password = decodeURIComponent(PASSWORD);
    const url = `http://${PASSWORD}@127.0.0.1:${proxy.port}`;
    const target = scheme === 'http' ? remote(PLAIN) : tls();
    const database = await open({ target, env: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    expect(await database.find('none')).toBeUndefined();
    await database.close();
  });

  test.each([
    ['http', 'HTTP_PROXY'],
    ['https', 'HTTPS_PROXY'],
  ])('over %s: a wrong password is E413, asked once, and shown nowhere', async (scheme, variable) => {
    proxy.password = 'somebody:else';
    const url = `http://${PASSWORD}@127.0.0.1:${proxy.port}`;
    const error = await refusal(scheme === 'http' ? remote(PLAIN) : tls(), { [variable]: url });
    expect(error).toMatchObject({
      code: 'E413',
      message: expect.stringContaining(`the proxy ${proxy.url} answers 407`),
      advice: expect.stringContaining('USER:PASSWORD'),
    });
    expect(proxy.requests).toHaveLength(1);
    for (const form of ['p%40ss', 'p@ss', Buffer.from('ana:p@ss-planted-77').toString('base64')]) {
      expect(everything(error)).not.toContain(form);
    }
  });

  test('that forbids the tunnel is E413, at once', async () => {
    proxy.refuse = { status: 403, body: '<html>not allowed</html>' };
    expect(await refusal(tls(), { HTTPS_PROXY: proxy.url })).toMatchObject({
      code: 'E413',
      message: expect.stringContaining('answers 403'),
    });
    expect(proxy.requests).toHaveLength(1);
  });

  test('that does not reach Chroma is E401, after tries, and names the proxy', async () => {
    proxy.refuse = { status: 502, body: '<html>bad gateway</html>' };
    for (const target of [tls(), remote(PLAIN)]) {
      proxy.requests.length = 0;
      const error = await refusal(target, { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url });
      expect(error).toMatchObject({ code: 'E401', message: expect.stringContaining(proxy.url) });
      expect(error.message).toContain('502');
      expect(proxy.requests.length).toBeGreaterThan(1);
    }
  });

  test('that is down is E401, and names the proxy and its variable', async () => {
    await proxy.stop();
    for (const [target, variable] of [
      [tls(), 'HTTPS_PROXY'],
      [remote(PLAIN), 'http_proxy'],
    ] as const) {
      const error = await refusal(target, { [variable]: proxy.url });
      expect(error).toMatchObject({ code: 'E401', advice: expect.stringContaining(variable) });
      expect(error.message).toMatch(`the proxy ${proxy.url} cannot be reached (ECONNREFUSED)`);
    }
    proxy = await startForwardProxy();
  });

  test('that answers with a page of its own is not taken for Chroma', async () => {
    proxy.refuse = { status: 200, body: '<html>accept our terms</html>' };
    expect(await refusal(remote(PLAIN), { HTTP_PROXY: proxy.url })).toMatchObject({
      code: 'E401',
      message: expect.stringContaining(`through the proxy ${proxy.url}`),
    });
  });

  test('is not asked for this machine, nor for hosts of NO_PROXY', async () => {
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    const near = await open({ target: remote(`http://localhost:${chromaPort}`), env });
    await near.close();
    const error = await refusal(remote(PLAIN), { ...env, NO_PROXY: 'example.com, .test' });
    expect(error).toMatchObject({ code: 'E401' });
    expect(error.message).not.toContain('proxy');
    expect(proxy.requests).toEqual([]);
  });
});

describe('an embedding provider behind a proxy', () => {
  const provider = (base_url: string, env: Readonly<Record<string, string>>) =>
    createProvider(embeddingSpec({ base_url, dimensions: 16, timeout_ms: 5_000 }), {
      clock: realClock(),
      fetchFor: providerFetch(env),
      modelCacheDir: 'unused',
    });
  const embed = (of: ReturnType<typeof provider>) =>
    of.embed(['text'], 'passage', new AbortController().signal);

  test('is reached through it, and a refusal of the proxy ends the run', async () => {
    const server = await startEmbeddingServer({ dimension: 16 });
    try {
      const url = new URL(server.url);
      url.hostname = 'embeddings.test';
      const far = provider(url.href, { HTTP_PROXY: proxy.url });
      expect(await embed(far)).toHaveLength(1);
      expect(proxy.requests).toHaveLength(1);
      proxy.password = 'somebody:else';
      await expect(embed(far)).rejects.toMatchObject({
        fault: 'fatal',
        message: expect.stringContaining('answers 407'),
      });
    } finally {
      await server.stop();
    }
  });

  test('that is down counts as out of reach', async () => {
    await proxy.stop();
    await expect(
      embed(provider('https://embeddings.test', { HTTPS_PROXY: proxy.url })),
    ).rejects.toMatchObject({ fault: 'unavailable', message: expect.stringContaining(proxy.url) });
    proxy = await startForwardProxy();
  });
});
