import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { DEFAULT_CONNECTION } from '../../../src/domain/connection.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import type { LiveCollection, LiveDatabase } from '../../../src/domain/ports/live.js';
import { Secret } from '../../../src/domain/secret.js';
import { realClock } from '../../support/real-clock.js';
import { FlakyChroma, failing } from './flaky-chroma.js';
import { identity, open, remote, vector } from './open-live.js';

const chromaUrl = inject('chromaUrl');

/** Sleeps are only written down. */
function restlessClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    ...realClock(),
    slept,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('a Chroma that is not there', () => {
  test('is E401 with its cause, its url and advice', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const error = await open({ target: remote(url), clock: restlessClock() }, 'read').catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: 'E401',
      kind: 'world',
      message: expect.stringMatching(new RegExp(`${url} cannot be reached: .*ECONNREFUSED`)),
      advice: expect.stringMatching(/\w/),
      cause: expect.any(Error),
    });
  });

  test('shows no credentials in its error', async () => {
    const url = `http://user:hunter2@127.0.0.1:${await closedPort()}`;
    const error = await open({ target: remote(url), clock: restlessClock() }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'E401' });
    expect(String(error)).not.toContain('hunter2');
  });
});

describe.skipIf(chromaUrl === '')('a Chroma that fails now and then', () => {
  let flaky: FlakyChroma;
  let url: string;
  let clock: ReturnType<typeof restlessClock>;
  let database: LiveDatabase;
  let collection: LiveCollection;
  const records = ['a', 'b'].map((id, i) => ({ id, text: id, vector: vector(i), metadata: { id } }));

  beforeEach(async () => {
    flaky = new FlakyChroma(chromaUrl);
    url = await flaky.start();
    clock = restlessClock();
    database = await open({ target: remote(url), clock });
    const created = await database.create(`live-${randomUUID()}`, 'l2', identity());
    if (created === undefined) throw new Error('the name was taken');
    collection = created;
    flaky.requests.length = 0;
  });

  afterEach(async () => {
    await database.close();
    await flaky.stop();
  });

  test.each([429, 502, 503, 504])('answers %i twice: reads and writes are tried again', async (status) => {
    flaky.misbehave = failing('/upsert', status, 2);
    await collection.put(records);
    flaky.misbehave = failing('/count', status, 2);
    expect(await collection.count()).toBe(2);
    expect(flaky.count('/upsert')).toBe(3);
    expect(flaky.count('/count')).toBe(3);
  });

  test.each([502, 503, 504])(
    'answers %i for good, in words of Chroma: out of reach, and not taken for damage',
    async (status) => {
      flaky.misbehave = failing('/count', status, 99);
      await expect(collection.count()).rejects.toMatchObject({ code: 'E401' });
      expect(flaky.count('/count')).toBe(4);
    },
  );

  test.each([
    ['rate_limit', 429],
    ['unavailable', 503],
    ['internal', 500],
  ] as const)('is asked as often again as retries.%s says after a %i', async (kind, status) => {
    for (const times of [0, 5]) {
      const retries = { unreachable: 9, rate_limit: 9, unavailable: 9, internal: 9, [kind]: times };
      const connection = { ...DEFAULT_CONNECTION, retries };
      const said = await (await open({ target: remote(url, { connection }), clock })).find(collection.name);
      flaky.misbehave = failing('/count', status, 99);
      flaky.requests.length = 0;
      await expect(said?.count()).rejects.toThrow();
      expect(flaky.count('/count')).toBe(1 + times);
      flaky.misbehave = () => false;
    }
  });

  test('is asked as often again as retries.unreachable says when it cuts the connection', async () => {
    const connection = { ...DEFAULT_CONNECTION, retries: { ...DEFAULT_CONNECTION.retries, unreachable: 1 } };
    const said = await (await open({ target: remote(url, { connection }), clock })).find(collection.name);
    flaky.misbehave = ({ path, cut }) => {
      if (path.endsWith('/count')) cut();
      return path.endsWith('/count');
    };
    await expect(said?.count()).rejects.toMatchObject({ code: 'E401' });
    expect(flaky.count('/count')).toBe(2);
  });

  test('waits as long as Retry-After says', async () => {
    flaky.misbehave = failing('/count', 429, 1, { headers: { 'retry-after': '7' } });
    await collection.count();
    expect(clock.slept).toEqual([7_000]);
  });

  test('does not begin a wait that would outlast the time of the request', async () => {
    flaky.misbehave = failing('/count', 429, 9, { headers: { 'retry-after': '3600' } });
    await expect(collection.count()).rejects.toMatchObject({ code: 'E402' });
    expect(clock.slept).toEqual([]);
  });

  test('loses the answer of a write once: it is sent again and written once', async () => {
    let lost = 0;
    flaky.misbehave = async ({ path, forward, cut }) => {
      if (!path.endsWith('/upsert') || lost > 0) return false;
      lost++;
      await forward();
      cut();
      return true;
    };
    await collection.put(records);
    expect(lost).toBe(1);
    expect(await collection.count()).toBe(2);
  });

  test('loses every answer of a write: unknown, although it was written', async () => {
    flaky.misbehave = async ({ path, forward, cut }) => {
      if (!path.endsWith('/upsert')) return false;
      await forward();
      cut();
      return true;
    };
    await expect(collection.put(records)).rejects.toMatchObject({
      name: 'WriteUnknown',
      cause: expect.any(Error),
    });
    expect(await collection.count()).toBe(2);
  });

  test('does not answer a write in time: unknown', async () => {
    const hasty = await open({
      target: remote(url, { connection: { ...DEFAULT_CONNECTION, timeout_ms: 1_000 } }),
      clock,
    });
    const same = await hasty.find(collection.name);
    const held: (() => void)[] = [];
    flaky.misbehave = ({ path, cut }) => {
      if (!path.endsWith('/upsert')) return false;
      held.push(cut);
      return true;
    };
    await expect(same?.put(records)).rejects.toMatchObject({ name: 'WriteUnknown' });
    expect(flaky.count('/upsert')).toBe(1);
    for (const cut of held) cut();
  });

  test('is told to hang by a count without an answer in time, and by no other failure', async () => {
    const hasty = await open({
      target: remote(url, { connection: { ...DEFAULT_CONNECTION, timeout_ms: 1_000 } }),
      clock,
    });
    const same = await hasty.find(collection.name);
    expect(await same?.answers()).toBe(true);
    flaky.misbehave = failing('/count', 500, 9);
    expect(await same?.answers()).toBe(true);
    flaky.misbehave = ({ cut }) => {
      cut();
      return true;
    };
    expect(await same?.answers()).toBe(true);
    const held: (() => void)[] = [];
    flaky.misbehave = ({ path, cut }) => {
      if (!path.endsWith('/count')) return false;
      held.push(cut);
      return true;
    };
    expect(await same?.answers()).toBe(false);
    for (const cut of held) cut();
  });

  test('does not answer a read in time, as one that hangs: E401 that says so, and to restart it', async () => {
    const hasty = await open({
      target: remote(url, { connection: { ...DEFAULT_CONNECTION, timeout_ms: 1_000 } }),
      clock,
    });
    const same = await hasty.find(collection.name);
    const held: (() => void)[] = [];
    flaky.misbehave = ({ path, cut }) => {
      if (!path.endsWith('/count')) return false;
      held.push(cut);
      return true;
    };
    await expect(same?.count()).rejects.toMatchObject({
      code: 'E401',
      message: expect.stringContaining('gives no answer in time'),
      advice: expect.stringContaining('restart it'),
    });
    for (const cut of held) cut();
  });

  test.each([400, 413, 422])(
    'rejects a write with %i: nothing was written, and it is not sent again',
    async (status) => {
      flaky.misbehave = failing('/upsert', status, 9);
      await expect(collection.put(records)).rejects.toMatchObject({ name: 'WriteRejected' });
      expect(flaky.count('/upsert')).toBe(1);
      expect(await collection.count()).toBe(0);
    },
  );

  test('rejects the second try after a lost answer: what the first did is unknown', async () => {
    let tries = 0;
    flaky.misbehave = ({ path, response, cut }) => {
      if (!path.endsWith('/upsert')) return false;
      if (tries++ === 0) cut();
      else response.writeHead(422).end();
      return true;
    };
    await expect(collection.put(records)).rejects.toMatchObject({ name: 'WriteUnknown' });
  });

  test('rejects a later part of a large write: unknown, because the first part was written', async () => {
    let parts = 0;
    flaky.misbehave = ({ path, response }) => {
      if (!path.endsWith('/upsert') || parts++ === 0) return false;
      response.writeHead(400).end();
      return true;
    };
    const many = Array.from({ length: 1_500 }, (_, i) => ({
      id: `r${i}`,
      text: 't',
      vector: vector(i),
      metadata: { i },
    }));
    await expect(collection.put(many)).rejects.toMatchObject({ name: 'WriteUnknown' });
    expect(await collection.count()).toBe(1_000);
  });

  test('fails a write with 500 for good: unknown, after one more try', async () => {
    flaky.misbehave = failing('/update', 500, 9);
    await expect(collection.patch([{ id: 'a', metadata: { x: 1 } }])).rejects.toMatchObject({
      name: 'WriteUnknown',
    });
    expect(flaky.count('/update')).toBe(2);
  });

  test('fails a query with 500: the verdict of the index, not asked again', async () => {
    await collection.put(records);
    flaky.misbehave = failing('/query', 500, 9, {
      body: JSON.stringify({ error: 'InternalError', message: 'Error finding id' }),
    });
    await expect(collection.query(vector(0), 1, undefined)).rejects.toMatchObject({
      code: 'E411',
      message: expect.stringContaining('Error finding id'),
    });
    expect(flaky.count('/query')).toBe(1);
  });

  test('a creation is sent once only, and its lost answer is unknown', async () => {
    flaky.misbehave = async ({ method, path, forward, cut }) => {
      if (method !== 'POST' || !path.endsWith('/collections')) return false;
      await forward();
      cut();
      return true;
    };
    const name = `live-${randomUUID()}`;
    await expect(database.create(name, 'l2', identity())).rejects.toMatchObject({ name: 'WriteUnknown' });
    expect(flaky.count('/collections')).toBe(1);
    expect((await database.find(name))?.identity).toEqual(identity());
  });

  test('a 404 that Chroma did not write is not an absent collection', async () => {
    flaky.misbehave = failing(`/${collection.name}`, 404, 9, { body: '<html>not here</html>' });
    await expect(database.find(collection.name)).rejects.toMatchObject({ code: 'E401' });
  });

  test('a page of a proxy with status 200 is not Chroma', async () => {
    flaky.misbehave = failing('/default_database', 200, 9, { body: '<html>sign in</html>' });
    await expect(open({ target: remote(url), clock })).rejects.toMatchObject({ code: 'E401' });
  });

  test.each([401, 403])('answers %i: not allowed, with advice on headers', async (status) => {
    flaky.misbehave = failing('/default_database', status, 9);
    await expect(open({ target: remote(url), clock })).rejects.toMatchObject({
      code: 'E402',
      advice: expect.stringContaining('headers'),
    });
  });

  test('sends the headers of the target, revealed, with every kind of request', async () => {
    const seen = new Set<string | undefined>();
    const server = new FlakyChroma(chromaUrl);
    server.misbehave = ({ response }) => {
      seen.add(response.req.headers['x-chroma-token'] as string | undefined);
      return false;
    };
    const headers = { 'x-chroma-token': new Secret(['TOKEN'], () => 'sesame') };
    const guarded = await open({ target: remote(await server.start(), { headers }) });
    const same = await guarded.find(collection.name);
    await same?.put(records);
    await same?.count();
    await server.stop();
    expect(seen).toEqual(new Set(['sesame']));
  });

  test('below a path of the host is reached by every kind of request', async () => {
    flaky.misbehave = ({ path, response }) => {
      if (path.startsWith('/prefix/')) return false;
      response.writeHead(404).end();
      return true;
    };
    const below = await open({ target: remote(`${url}/prefix/`) });
    const same = await below.find(collection.name);
    await same?.put(records);
    expect(await same?.count()).toBe(2);
  });

  test('after an interruption a write in flight is finished, and no retry begins', async () => {
    const controller = new AbortController();
    const interrupted = await open({ target: remote(url), clock, signal: controller.signal });
    const same = await interrupted.find(collection.name);
    flaky.misbehave = ({ path }) => {
      if (path.endsWith('/upsert')) controller.abort(new Error('Ctrl-C'));
      return false;
    };
    await same?.put(records);
    flaky.misbehave = failing('/delete', 503, 9);
    flaky.requests.length = 0;
    await expect(same?.delete(['a'])).rejects.toMatchObject({ name: 'WriteUnknown' });
    expect(flaky.count('/delete')).toBe(1);
    flaky.misbehave = () => false;
    expect(await collection.count()).toBe(2);
  });
});
