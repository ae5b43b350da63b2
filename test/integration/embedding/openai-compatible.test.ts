import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { EmbeddingSpec } from '../../../src/domain/embedding-spec.js';
import { IngestError } from '../../../src/domain/errors.js';
import { Secret } from '../../../src/domain/secret.js';
import { createProvider, describeProvider } from '../../../src/embedding/create-provider.js';
import { ProviderError } from '../../../src/embedding/provider-error.js';
import { embeddingSpec, InstantClock } from '../../support/embedding-fixtures.js';
import {
  type Behaviour,
  type EmbeddingServer,
  type EmbeddingServerOptions,
  serverVector,
  startEmbeddingServer,
} from '../../support/embedding-server.js';

const KEY = 'planted-key-5f2c91';
let server: EmbeddingServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(options: EmbeddingServerOptions = {}): Promise<EmbeddingServer> {
  server = await startEmbeddingServer(options);
  return server;
}

function providerFor(overrides: Partial<EmbeddingSpec>) {
  return createProvider(embeddingSpec(overrides), { clock: new InstantClock(), modelCacheDir: 'unused' });
}

/** The error of one request to a server that behaves like this once. */
async function errorOf(behaviour: Behaviour, overrides: Partial<EmbeddingSpec> = {}): Promise<ProviderError> {
  const { url } = await start({ script: [behaviour] });
  const provider = providerFor({ base_url: url, api_key: new Secret(['THE_KEY'], () => KEY), ...overrides });
  const error: unknown = await provider
    .embed(['a first text that is private', 'second'], 'passage', new AbortController().signal)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof ProviderError)) throw new Error('expected a ProviderError', { cause: error });
  return error;
}

const expected = (texts: readonly string[], dimension = 8) =>
  texts.map((text) => Float32Array.from(serverVector(text, dimension)));

describe('a request', () => {
  it('carries model, texts with their prefix, dimensions, key and headers', async () => {
    const { url, requests } = await start({ key: KEY });
    const provider = providerFor({
      base_url: `${url}/?api-version=7`,
      api_key: new Secret(['THE_KEY'], () => `${KEY}\n`),
      headers: { 'X-Team': new Secret([], () => 'docs') },
      dimensions: 16,
      query_prefix: 'query: ',
      passage_prefix: 'passage: ',
    });
    const { signal } = new AbortController();
    expect(await provider.embed(['a', '二'], 'passage', signal)).toEqual(
      expected(['passage: a', 'passage: 二'], 16),
    );
    expect(await provider.embed(['a'], 'query', signal)).toEqual(expected(['query: a'], 16));
    expect(requests[0]).toMatchObject({
      path: '/v1/embeddings?api-version=7',
      headers: { authorization: `Bearer ${KEY}`, 'x-team': 'docs', 'content-type': 'application/json' },
      body: {
        model: 'test-model',
        input: ['passage: a', 'passage: 二'],
        dimensions: 16,
        encoding_format: 'float',
      },
    });
  });

  it('does not mention dimensions that nobody declared', async () => {
    const { url, requests } = await start();
    await providerFor({ base_url: url }).embed(['a'], 'passage', new AbortController().signal);
    expect(requests[0]?.body).not.toHaveProperty('dimensions');
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is joined by index, not by position', async () => {
    const { url } = await start({ always: { kind: 'shuffled' } });
    const texts = ['a', 'b', 'c'];
    const vectors = await providerFor({ base_url: url }).embed(
      texts,
      'passage',
      new AbortController().signal,
    );
    expect(vectors).toEqual(expected(texts));
  });

  it('may be answered without index only when it holds one text', async () => {
    const { url } = await start({ always: { kind: 'without-index' } });
    const provider = providerFor({ base_url: url });
    const { signal } = new AbortController();
    expect(await provider.embed(['a'], 'passage', signal)).toEqual(expected(['a']));
    await expect(provider.embed(['a', 'b'], 'passage', signal)).rejects.toMatchObject({
      fault: 'bad-answer',
    });
  });

  it('gives vectors of length one where the manifest says normalise', async () => {
    const { url } = await start();
    const provider = providerFor({ base_url: url, normalise: true });
    const [vector] = await provider.embed(['a'], 'passage', new AbortController().signal);
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 6);
  });

  it('rejects with the reason of an abort', async () => {
    const { url, received } = await start({ always: { kind: 'hang' } });
    const controller = new AbortController();
    const embedding = providerFor({ base_url: url }).embed(['a'], 'passage', controller.signal);
    const outcome = expect(embedding).rejects.toBe('interrupted');
    await received(1);
    controller.abort('interrupted');
    await outcome;
  });
});

describe('what a failure means', () => {
  it.each<[string, Behaviour, string]>([
    ['429', { kind: 'status', status: 429 }, 'rate-limit'],
    ['429 without money', { kind: 'status', status: 429, code: 'insufficient_quota' }, 'fatal'],
    ['413', { kind: 'status', status: 413 }, 'too-large'],
    ['400', { kind: 'status', status: 400 }, 'bad-request'],
    ['422', { kind: 'status', status: 422 }, 'bad-request'],
    ['401', { kind: 'status', status: 401 }, 'fatal'],
    ['403', { kind: 'status', status: 403 }, 'fatal'],
    ['404', { kind: 'status', status: 404 }, 'fatal'],
    ['a redirect', { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:9/' } }, 'fatal'],
    ['408', { kind: 'status', status: 408 }, 'timeout'],
    ['500', { kind: 'status', status: 500 }, 'unavailable'],
    ['503', { kind: 'status', status: 503 }, 'unavailable'],
    ['an HTML page of a gateway', { kind: 'html', status: 502 }, 'unavailable'],
    ['an HTML page that says 200', { kind: 'html', status: 200 }, 'bad-answer'],
    ['a cut connection', { kind: 'reset' }, 'unavailable'],
    ['broken JSON', { kind: 'truncated' }, 'bad-answer'],
    ['a missing vector', { kind: 'wrong-count' }, 'bad-answer'],
    ['an index given twice', { kind: 'duplicate-index' }, 'bad-answer'],
    ['NaN', { kind: 'number', json: 'NaN' }, 'bad-answer'],
    ['null', { kind: 'number', json: 'null' }, 'bad-answer'],
    ['a string', { kind: 'number', json: '"0.5"' }, 'bad-answer'],
  ])('%s', async (_, behaviour, fault) => {
    expect(await errorOf(behaviour)).toMatchObject({ fault });
  });

  it('a time limit that passes', async () => {
    expect(await errorOf({ kind: 'hang' }, { timeout_ms: 50 })).toMatchObject({ fault: 'timeout' });
  });

  it('a server that is not there', async () => {
    const gone = await startEmbeddingServer();
    await gone.stop();
    const embedding = providerFor({ base_url: gone.url }).embed(
      ['a'],
      'passage',
      new AbortController().signal,
    );
    await expect(embedding).rejects.toMatchObject({
      fault: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    ['seconds', '7', 7000],
    ['a date', new Date(Date.UTC(2026, 0, 1) + 90_000).toUTCString(), 90_000],
    ['a date in the past', new Date(Date.UTC(2025, 0, 1)).toUTCString(), 0],
    ['nonsense', 'soon', undefined],
  ])('Retry-After as %s', async (_, retryAfter, retryAfterMs) => {
    expect(await errorOf({ kind: 'status', status: 429, retryAfter })).toMatchObject({
      status: 429,
      retryAfterMs,
    });
  });
});

describe('what a message may say', () => {
  it('never the key, also when the server echoes it', async () => {
    const error = await errorOf({ kind: 'echo-key' });
    expect(error.message).toBe('HTTP 401: Incorrect API key provided: ******** See the docs');
  });

  it('never the texts', async () => {
    const error = await errorOf({ kind: 'echo-text' });
    expect(error.message).toBe("HTTP 400: invalid input: '[text]'");
  });

  it('the title of an HTML page', async () => {
    expect((await errorOf({ kind: 'html', status: 502 })).message).toBe('HTTP 502: 502 Bad Gateway');
  });
});

describe('the key', () => {
  const unset = new Secret(['OPENAI_API_KEY'], () => {
    throw new IngestError('E109', 'OPENAI_API_KEY is not set', { kind: 'input', advice: 'Set it.' });
  });

  it('is not asked for before the first request, and then by its names', async () => {
    const { url, requests } = await start();
    const spec = embeddingSpec({ base_url: url, api_key: unset });
    expect(describeProvider(spec).fingerprint).toHaveLength(32);
    const provider = createProvider(spec, { clock: new InstantClock(), modelCacheDir: 'unused' });
    await expect(provider.embed(['a'], 'passage', new AbortController().signal)).rejects.toMatchObject({
      code: 'E304',
      message: expect.stringMatching(/OPENAI_API_KEY.*embedding\.api_key/),
    });
    expect(requests).toHaveLength(0);
  });

  it.each([
    ['empty', '  '],
    ['not fit for a header', 'planted\nsecond line'],
    ['pasted with a typographic dash', 'planted\u2014key'],
  ])('is refused without being quoted when it is %s', async (_, value) => {
    const { url } = await start();
    const provider = providerFor({ base_url: url, headers: { 'x-key': new Secret(['X_KEY'], () => value) } });
    const error: unknown = await provider
      .embed(['a'], 'passage', new AbortController().signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'E304',
      message: expect.stringMatching(/X_KEY.*embedding\.headers\.x-key/),
    });
    expect(String(error)).not.toContain('planted');
  });
});

describe('identity', () => {
  const fingerprint = (overrides: Partial<EmbeddingSpec>): string =>
    describeProvider(embeddingSpec({ base_url: 'http://a.example/v1', ...overrides })).fingerprint;

  it('does not contain where the server is, how it is asked, or what it costs', () => {
    const same = fingerprint({
      base_url: 'https://b.example/v2',
      headers: { a: new Secret([], () => 'b') },
      price_per_million_tokens: 3,
      batch_size: 7,
      timeout_ms: 5,
      requests_per_minute: 1,
      tokens_per_minute: 2,
      max_concurrency: 3,
    });
    expect(same).toBe(fingerprint({}));
  });

  it.each<[string, Partial<EmbeddingSpec>]>([
    ['provider', { provider: 'lexical-hash' }],
    ['model', { model: 'other' }],
    ['revision', { revision: '2' }],
    ['dimensions', { dimensions: 8 }],
    ['query_prefix', { query_prefix: 'q' }],
    ['passage_prefix', { passage_prefix: 'p' }],
    ['normalise', { normalise: true }],
  ])('contains %s', (_, overrides) => {
    expect(fingerprint(overrides)).not.toBe(fingerprint({}));
  });

  it('is that of the model which same_as names, and its vectors have the length that was declared of it', () => {
    const alias = { provider: 'jina', model: 'old', revision: undefined, dimensions: 8 } as const;
    const spec = embeddingSpec({ model: 'new', revision: '2', passage_prefix: 'p', same_as: alias });
    const old = embeddingSpec({ provider: 'jina', model: 'old', dimensions: 8, passage_prefix: 'p' });
    expect(describeProvider(spec).fingerprint).toBe(describeProvider(old).fingerprint);
    expect(describeProvider(spec)).toMatchObject({ model: 'new', dimensions: 8 });
    expect(providerFor({ base_url: 'http://a.example/v1', same_as: alias }).dimensions).toBe(8);
  });

  it('needs a base_url without credentials, and does not quote it', () => {
    expect(() => providerFor({})).toThrow(expect.objectContaining({ code: 'E102' }));
    for (const base_url of ['http://user:planted@host/v1', 'planted', 'ftp://planted/v1']) {
      const caught = ((): unknown => {
        try {
          return providerFor({ base_url });
        } catch (error) {
          return error;
        }
      })();
      expect(caught).toMatchObject({ code: 'E103' });
      expect(String(caught)).not.toContain('planted');
    }
  });
});

it('leaves no timer or listener behind', async () => {
  const { url } = await start();
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  onTestFinished(() => controller.abort());
  await providerFor({ base_url: url }).embed(['a'], 'passage', signal);
  expect(listeners).toBe(0);
});
