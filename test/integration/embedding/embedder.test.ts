import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { EmbeddingSpec } from '../../../src/domain/embedding-spec.js';
import { textSha256 } from '../../../src/domain/identity.js';
import { type EmbeddingProvider, NO_RATE_LIMITS } from '../../../src/domain/ports/embedder.js';
import { Secret } from '../../../src/domain/secret.js';
import { createEmbedder, type EmbedderOptions } from '../../../src/embedding/create-embedder.js';
import { createProvider } from '../../../src/embedding/create-provider.js';
import { openEmbeddingCache } from '../../../src/embedding/embedding-cache.js';
import {
  embeddingSpec,
  InstantClock,
  numbered,
  requestsFor,
  temporaryFolder,
} from '../../support/embedding-fixtures.js';
import {
  type EmbeddingServer,
  type EmbeddingServerOptions,
  serverVector,
  startEmbeddingServer,
} from '../../support/embedding-server.js';

let server: EmbeddingServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

interface Setup {
  readonly server?: EmbeddingServerOptions;
  readonly spec?: Partial<EmbeddingSpec>;
  readonly file?: string;
  readonly options?: Partial<EmbedderOptions>;
}

/** A server, a cache in a temporary folder, and an embedder over both. */
async function setUp(setup: Setup = {}) {
  server ??= await startEmbeddingServer(setup.server);
  const clock = new InstantClock();
  const file = setup.file ?? join(temporaryFolder(onTestFinished), 'embeddings.db');
  const cache = openEmbeddingCache(file);
  onTestFinished(() => cache.close());
  const provider = createProvider(embeddingSpec({ base_url: server.url, ...setup.spec }), {
    clock,
    modelCacheDir: 'unused',
  });
  const embedder = createEmbedder({ provider, cache, clock, ...setup.options });
  return { server, clock, file, cache, embedder };
}

const never = new AbortController().signal;
const vectorOf = (text: string, dimension = 8) => Float32Array.from(serverVector(text, dimension));
const vectorsOf = (texts: readonly string[]) =>
  new Map(texts.map((text) => [textSha256(text), vectorOf(text)]));

describe('batches', () => {
  it('hold no more texts than allowed, and every text comes back by its key', async () => {
    const { embedder, server } = await setUp({
      spec: { batch_size: 10 },
      server: { always: { kind: 'shuffled' } },
    });
    const texts = numbered(35);
    const { vectors, failures } = await embedder.vectors(requestsFor(texts), never);
    expect(vectors).toEqual(vectorsOf(texts));
    expect(failures).toEqual([]);
    expect(server.requests.map((request) => request.input.length)).toEqual([10, 10, 10, 5]);
    expect(embedder.dimensions).toBe(8);
  });

  it('are shared by calls of the same moment', async () => {
    const { embedder, server } = await setUp();
    const calls = numbered(12).map((text) => embedder.vectors(requestsFor([text]), never));
    const outcomes = await Promise.all(calls);
    expect(server.requests).toHaveLength(1);
    expect(outcomes.map((outcome) => [...outcome.vectors.values()])).toEqual(
      numbered(12).map((text) => [vectorOf(text)]),
    );
  });

  it('run several at once, up to a limit', async () => {
    const { embedder, server } = await setUp({
      spec: { batch_size: 1 },
      server: { always: { kind: 'slow', ms: 5 } },
    });
    await embedder.vectors(requestsFor(numbered(20)), never);
    expect(server.requests).toHaveLength(20);
    expect(server.peak).toBeGreaterThan(1);
    expect(server.peak).toBeLessThanOrEqual(4);
  });
});

describe('rate limits', () => {
  /** The times of the requests, by the clock that the embedder waits by, as the server sees them. */
  async function timesOf(
    spec: Partial<EmbeddingSpec>,
    texts: readonly string[],
    options: EmbeddingServerOptions = {},
  ) {
    const times: { readonly at: number; readonly texts: number }[] = [];
    const { embedder, clock, server } = await setUp({
      spec,
      server: {
        ...options,
        onRequest: (input) => times.push({ at: clock.monotonic(), texts: input.length }),
      },
    });
    const { vectors, failures } = await embedder.vectors(requestsFor(texts), never);
    return { times, vectors, failures, server };
  }
  const perMinute = (times: readonly { readonly at: number }[]) =>
    times.map(({ at }) => times.filter((other) => other.at > at - 60_000 && other.at <= at).length);

  it('no minute sees more requests than are allowed, and all of them are used', async () => {
    const { times, vectors } = await timesOf(
      { batch_size: 1, requests_per_minute: 5, max_concurrency: 1 },
      numbered(17),
    );
    expect(vectors.size).toBe(17);
    expect(Math.max(...perMinute(times))).toBe(5);
    expect(times.at(-1)?.at).toBe(180_000);
  });

  it('nor do several that wait at once leave too early', async () => {
    server = await startEmbeddingServer({ always: { kind: 'slow', ms: 5 } });
    const clock = new InstantClock();
    const spec = embeddingSpec({ base_url: server.url, batch_size: 1, requests_per_minute: 5 });
    const provider = createProvider(spec, { clock, modelCacheDir: 'unused' });
    const left: { readonly at: number }[] = [];
    const noting: EmbeddingProvider = {
      ...provider,
      embed: (...request) => {
        left.push({ at: clock.monotonic() });
        return provider.embed(...request);
      },
    };
    const { embedder } = await setUp({ options: { provider: noting, clock } });
    await embedder.vectors(requestsFor(numbered(17)), never);
    expect(server.peak).toBeGreaterThan(1);
    expect(left).toHaveLength(17);
    expect(Math.max(...perMinute(left))).toBe(5);
  });

  it('retries count too', async () => {
    const { times, vectors } = await timesOf(
      { batch_size: 2, requests_per_minute: 3, max_concurrency: 1 },
      numbered(8),
      {
        script: [{ kind: 'status', status: 503 }, { kind: 'ok' }, { kind: 'truncated' }],
      },
    );
    expect(vectors.size).toBe(8);
    expect(times).toHaveLength(6);
    expect(Math.max(...perMinute(times))).toBe(3);
  });

  it('batches are as small as the tokens of a minute, and wait for them', async () => {
    const texts = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(40));
    const { times, vectors } = await timesOf({ tokens_per_minute: 30, max_concurrency: 1 }, texts);
    expect(vectors.size).toBe(9);
    expect(times.map((one) => one.texts)).toEqual([3, 3, 3]);
    expect(times.map((one) => one.at)).toEqual([0, 60_000, 120_000]);
  });

  it('a text that is more than a minute may hold is sent alone', async () => {
    const { times, failures } = await timesOf({ tokens_per_minute: 10 }, ['x'.repeat(400), 'short']);
    expect(failures).toEqual([]);
    expect(times.map((one) => one.texts)).toEqual([1, 1]);
  });

  it('an abort ends the waiting', async () => {
    const { embedder, clock } = await setUp({ spec: { batch_size: 1, requests_per_minute: 1 } });
    const controller = new AbortController();
    const asked = embedder.vectors(requestsFor(numbered(3)), controller.signal);
    await server?.received(1);
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    expect(clock.monotonic()).toBeLessThanOrEqual(120_000);
  });

  it('at most so many requests at once', async () => {
    const { embedder, server } = await setUp({
      spec: { batch_size: 1, max_concurrency: 2 },
      server: { always: { kind: 'slow', ms: 5 } },
    });
    await embedder.vectors(requestsFor(numbered(8)), never);
    expect(server.peak).toBe(2);
  });
});

describe('equal texts', () => {
  it('are computed once in one call, across calls in flight, and across runs', async () => {
    const { embedder, server, file, cache } = await setUp();
    const twice = requestsFor(['a', 'b', 'a', 'a']);
    const outcomes = await Promise.all([
      embedder.vectors(twice, never),
      embedder.vectors(twice, never),
      embedder.vectors(requestsFor(['b', 'c']), never),
    ]);
    expect(outcomes[1]?.vectors).toEqual(vectorsOf(['a', 'b']));
    expect([...server.texts].sort()).toEqual(['a', 'b', 'c']);
    expect(embedder.stats()).toMatchObject({ computed: 3, cached: 0 });
    cache.close();
    const again = await setUp({ file });
    expect((await again.embedder.vectors(requestsFor(['a', 'b', 'c']), never)).vectors.size).toBe(3);
    expect(again.embedder.stats()).toMatchObject({ computed: 0, cached: 3 });
    expect(server.texts).toHaveLength(3);
  });

  it('are computed anew under another fingerprint', async () => {
    const { server, file, embedder } = await setUp();
    await embedder.vectors(requestsFor(['a']), never);
    const other = await setUp({ file, spec: { passage_prefix: 'passage: ' } });
    const { vectors } = await other.embedder.vectors(requestsFor(['a']), never);
    expect(server.texts).toEqual(['a', 'passage: a']);
    expect(vectors.get(textSha256('a'))).toEqual(vectorOf('passage: a'));
  });

  it('are taken from elsewhere before they are computed, and then cached', async () => {
    const asked: string[][] = [];
    const { embedder, server, cache } = await setUp({
      options: {
        fallbackVectors: async (shas) => {
          asked.push([...shas]);
          return new Map([[textSha256('a'), vectorOf('a')]]);
        },
      },
    });
    const { vectors } = await embedder.vectors(requestsFor(['a', 'b']), never);
    expect(vectors).toEqual(vectorsOf(['a', 'b']));
    expect(server.texts).toEqual(['b']);
    expect(asked).toEqual([[textSha256('a'), textSha256('b')]]);
    expect(cache.get(embedder.fingerprint, [textSha256('a')]).size).toBe(1);
    expect(embedder.stats()).toMatchObject({ computed: 1, cached: 1 });
  });

  it('are computed when elsewhere fails', async () => {
    const { embedder } = await setUp({
      options: { fallbackVectors: () => Promise.reject(new Error('gone')) },
    });
    expect((await embedder.vectors(requestsFor(['a']), never)).vectors.size).toBe(1);
  });
});

describe('trouble that passes', () => {
  it('a rate limit is waited out as long as asked, in smaller batches', async () => {
    const { embedder, server, clock } = await setUp({
      server: { script: [{ kind: 'status', status: 429, retryAfter: '7' }] },
    });
    const texts = numbered(8);
    expect((await embedder.vectors(requestsFor(texts), never)).vectors).toEqual(vectorsOf(texts));
    expect(clock.slept[0]).toBe(7000);
    expect(server.requests.map((request) => request.input.length)).toEqual([8, 4, 4]);
    expect(embedder.stats().retries).toBe(1);
  });

  it('a rate limit holds back every request', async () => {
    const { embedder, server, clock } = await setUp({
      spec: { batch_size: 1 },
      server: { script: [{ kind: 'status', status: 429, retryAfter: '60' }] },
    });
    await embedder.vectors(requestsFor(numbered(12)), never);
    expect(server.embedded).toHaveLength(12);
    expect(clock.monotonic()).toBe(60_000);
  });

  it('server errors, cut connections, broken answers and odd numbers are asked again', async () => {
    const { embedder, server } = await setUp({
      server: {
        script: [
          { kind: 'status', status: 500 },
          { kind: 'reset' },
          { kind: 'html', status: 502 },
          { kind: 'status', status: 503, retryAfter: '1' },
        ],
      },
    });
    await embedder.vectors(requestsFor(['a', 'b']), never);
    server.next({ kind: 'truncated' }, { kind: 'wrong-count' });
    await embedder.vectors(requestsFor(['c', 'd']), never);
    server.next({ kind: 'number', json: '1e39' }, { kind: 'dimension', dimension: 7 });
    const { vectors } = await embedder.vectors(requestsFor(['e', 'f']), never);
    expect(vectors).toEqual(vectorsOf(['e', 'f']));
    expect(embedder.stats()).toMatchObject({ computed: 6, retries: 8 });
  });

  it('a time-out halves the batch', async () => {
    const { embedder, server } = await setUp({
      spec: { timeout_ms: 300 },
      server: { script: [{ kind: 'hang' }] },
    });
    await embedder.vectors(requestsFor(numbered(4)), never);
    expect(server.requests.map((request) => request.input.length)).toEqual([4, 2, 2]);
  });

  it('a batch that is too large is halved, and the size is remembered', async () => {
    const { embedder, server } = await setUp({ server: { maxBatch: 5 } });
    const texts = numbered(64);
    expect((await embedder.vectors(requestsFor(texts), never)).vectors).toEqual(vectorsOf(texts));
    const before = server.requests.length;
    await embedder.vectors(requestsFor(numbered(16, 'more')), never);
    expect(server.requests.slice(before).map((request) => request.input.length)).toEqual([4, 4, 4, 4]);
  });

  it('a batch that is too large for a server that says 400 costs no text', async () => {
    const { embedder, server } = await setUp({ server: { maxBatch: 10, maxBatchStatus: 400 } });
    const texts = numbered(64);
    const { vectors, failures } = await embedder.vectors(requestsFor(texts), never);
    expect(vectors.size).toBe(64);
    expect(failures).toEqual([]);
    const before = server.requests.length;
    await embedder.vectors(requestsFor(numbered(16, 'more')), never);
    expect(server.requests.slice(before).every((request) => request.input.length <= 10)).toBe(true);
  });
});

describe('a poisoned text', () => {
  it.each([400, 422, 413, 500])(
    'fails alone when the server says %d to every batch with it, while others go through',
    async (status) => {
      const { embedder, server } = await setUp({
        spec: { batch_size: 16 },
        server: { poisoned: ['text 5', 'text 21'], poisonedStatus: status },
      });
      const texts = numbered(48);
      const { vectors, failures } = await embedder.vectors(requestsFor(texts), never);
      expect(vectors).toEqual(vectorsOf(texts.filter((text) => text !== 'text 5' && text !== 'text 21')));
      expect(failures.map((failure) => failure.text_sha256).sort()).toEqual(
        ['text 5', 'text 21'].map(textSha256).sort(),
      );
      expect(new Set(server.embedded).size).toBe(server.embedded.length);
    },
  );

  it('fails for every call that waits for it, with an error that does not quote it', async () => {
    const { embedder } = await setUp({ server: { poisoned: ['the poisoned text'] } });
    const requests = requestsFor(['the poisoned text', 'b']);
    const outcomes = await Promise.all([
      embedder.vectors(requests, never),
      embedder.vectors(requests, never),
    ]);
    for (const { vectors, failures } of outcomes) {
      expect(vectors).toEqual(vectorsOf(['b']));
      expect(failures).toMatchObject([
        { text_sha256: textSha256('the poisoned text'), error: { code: 'E301' } },
      ]);
      expect(String(failures[0]?.error)).not.toContain('poisoned');
    }
  });

  it('is not in the cache, and is tried again by the next call', async () => {
    const { embedder, server } = await setUp({ server: { script: [{ kind: 'status', status: 400 }] } });
    expect((await embedder.vectors(requestsFor(['a']), never)).failures).toHaveLength(1);
    expect((await embedder.vectors(requestsFor(['a']), never)).vectors.size).toBe(1);
    expect(server.requests).toHaveLength(2);
  });

  it('one after the other, with no success at all, is the fault of the request: the run stops early', async () => {
    const { embedder, server } = await setUp({ server: { always: { kind: 'status', status: 400 } } });
    await expect(embedder.vectors(requestsFor(numbered(1000)), never)).rejects.toMatchObject({
      code: 'E301',
    });
    expect(server.requests.length).toBeLessThan(60);
  });
});

describe('what stops the run', () => {
  it('a refused key: E301 for everybody, after as few requests as possible', async () => {
    const key = new Secret(['K'], () => 'wrong-key-93a1');
    const { embedder, server } = await setUp({ spec: { api_key: key }, server: { key: 'right-key' } });
    const outcomes = await Promise.allSettled([
      embedder.vectors(requestsFor(numbered(300)), never),
      embedder.vectors(requestsFor(['b']), never),
    ]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'E301' } });
    expect(server.requests.length).toBeLessThanOrEqual(4);
    expect(JSON.stringify(outcomes)).not.toContain('wrong-key');
  });

  it('a server that stays away: E302, and the next run goes on with what is cached', async () => {
    const { embedder, server, file, cache, clock } = await setUp({
      spec: { batch_size: 5 },
      server: { script: [{ kind: 'ok' }], always: { kind: 'status', status: 503 } },
    });
    await expect(embedder.vectors(requestsFor(numbered(5)), never)).resolves.toBeDefined();
    await expect(embedder.vectors(requestsFor(numbered(25)), never)).rejects.toMatchObject({ code: 'E302' });
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(30_000);
    cache.close();
    server.always({ kind: 'ok' });
    const again = await setUp({ file });
    expect((await again.embedder.vectors(requestsFor(numbered(25)), never)).vectors.size).toBe(25);
    expect(again.embedder.stats()).toMatchObject({ computed: 20, cached: 5 });
  });

  it('a rate limit of an hour: E302 that says so, without waiting', async () => {
    const { embedder, clock } = await setUp({
      server: { always: { kind: 'status', status: 429, retryAfter: '3600' } },
    });
    await expect(embedder.vectors(requestsFor(['a']), never)).rejects.toMatchObject({
      code: 'E302',
      advice: expect.stringContaining('3600 s'),
    });
    expect(clock.slept).toEqual([]);
  });

  it.each<[string, Setup]>([
    [
      'another dimension than declared',
      { spec: { dimensions: 16 }, server: { always: { kind: 'dimension', dimension: 8 } } },
    ],
    ['another dimension than recorded', { options: { pinnedDimensions: 16 } }],
    ['zeros', { server: { always: { kind: 'zeros' } } }],
    ['broken answers', { server: { always: { kind: 'truncated' } } }],
  ])('%s, always: E303', async (_, setup) => {
    const { embedder, cache } = await setUp(setup);
    await expect(embedder.vectors(requestsFor(numbered(100)), never)).rejects.toMatchObject({ code: 'E303' });
    expect(cache.has(embedder.fingerprint, numbered(100).map(textSha256)).size).toBe(0);
  });

  it('a model that is swapped behind the gateway while its cached vectors have another dimension', async () => {
    const { embedder, file, cache, server } = await setUp();
    await embedder.vectors(requestsFor(['a']), never);
    cache.close();
    server.always({ kind: 'dimension', dimension: 12 });
    const again = await setUp({ file });
    const both = again.embedder.vectors(requestsFor(['a', ...numbered(100)]), never);
    await expect(both).rejects.toMatchObject({ code: 'E303' });
  });
});

describe('an abort', () => {
  it('rejects with its reason, and what had arrived is cached', async () => {
    const { embedder, server, cache } = await setUp({
      spec: { batch_size: 2 },
      server: { script: [{ kind: 'ok' }], always: { kind: 'hang' } },
    });
    const controller = new AbortController();
    const outcome = expect(embedder.vectors(requestsFor(numbered(40)), controller.signal)).rejects.toBe(
      'Ctrl-C',
    );
    // The first batch was answered: its slot was used again.
    await server.received(5);
    controller.abort('Ctrl-C');
    await outcome;
    expect(cache.has(embedder.fingerprint, numbered(40).map(textSha256)).size).toBe(2);
    expect(server.requests).toHaveLength(5);
  });

  it('of one call leaves the others alone', async () => {
    const { embedder, server } = await setUp({ server: { always: { kind: 'slow', ms: 30 } } });
    const controller = new AbortController();
    const first = expect(embedder.vectors(requestsFor(['a', 'b']), controller.signal)).rejects.toBe('stop');
    const second = embedder.vectors(requestsFor(['b', 'c']), never);
    await server.received(1);
    controller.abort('stop');
    await first;
    expect((await second).vectors).toEqual(vectorsOf(['b', 'c']));
  });

  it('before anything is sent sends nothing', async () => {
    const { embedder, server } = await setUp();
    const controller = new AbortController();
    const outcome = expect(embedder.vectors(requestsFor(['a']), controller.signal)).rejects.toBe('stop');
    controller.abort('stop');
    await outcome;
    await expect(embedder.vectors(requestsFor(['a']), controller.signal)).rejects.toBe('stop');
    await embedder.vectors(requestsFor(['b']), never);
    expect(server.texts).toEqual(['b']);
  });

  it('leaves a text free to be asked for again', async () => {
    const { embedder, server } = await setUp({ server: { script: [{ kind: 'hang' }] } });
    const controller = new AbortController();
    const outcome = expect(embedder.vectors(requestsFor(['a']), controller.signal)).rejects.toBe('stop');
    await server.received(1);
    controller.abort('stop');
    await outcome;
    expect((await embedder.vectors(requestsFor(['a']), never)).vectors).toEqual(vectorsOf(['a']));
  });
});

describe('query', () => {
  it('uses the prefix of queries and is not cached', async () => {
    const { embedder, server } = await setUp({
      spec: { query_prefix: 'query: ', passage_prefix: 'passage: ' },
    });
    expect(await embedder.query('a', never)).toEqual(vectorOf('query: a'));
    await embedder.query('a', never);
    expect(server.texts).toEqual(['query: a', 'query: a']);
  });

  it('is retried, and ends as other requests do', async () => {
    const { embedder, server } = await setUp({ server: { script: [{ kind: 'status', status: 500 }] } });
    expect(await embedder.query('a', never)).toEqual(vectorOf('a'));
    server.always({ kind: 'status', status: 503 });
    await expect(embedder.query('a', never)).rejects.toMatchObject({ code: 'E302' });
    server.always({ kind: 'status', status: 401 });
    await expect(embedder.query('a', never)).rejects.toMatchObject({ code: 'E301' });
    server.always({ kind: 'zeros' });
    await expect(embedder.query('a', never)).rejects.toMatchObject({ code: 'E303' });
  });
});

describe('a provider with a fault of its own', () => {
  it('stops the run with that error, and the embedder still works afterwards', async () => {
    const bug = new TypeError('a bug');
    let broken = true;
    const provider: EmbeddingProvider = {
      name: 'broken',
      model: 'm',
      fingerprint: 'f',
      dimensions: 1,
      maxBatch: 2,
      maxConcurrency: 2,
      rateLimits: NO_RATE_LIMITS,
      pricePerMillionTokens: 0,
      embed: (texts) => (broken ? Promise.reject(bug) : Promise.resolve(texts.map(() => Float32Array.of(1)))),
    };
    const { embedder } = await setUp({ options: { provider } });
    await expect(embedder.vectors(requestsFor(numbered(9)), never)).rejects.toBe(bug);
    broken = false;
    expect((await embedder.vectors(requestsFor(numbered(9)), never)).vectors.size).toBe(9);
  });
});

it('lexical-hash goes the same way', async () => {
  const { embedder } = await setUp({ spec: { provider: 'lexical-hash', dimensions: 64 } });
  const { vectors } = await embedder.vectors(requestsFor(numbered(200)), never);
  expect(vectors.size).toBe(200);
  expect(await embedder.query('text 7', never)).toEqual(vectors.get(textSha256('text 7')));
});
