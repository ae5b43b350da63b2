/** Each provider against a real HTTP server that speaks its protocol: what is sent, what is read, what failures mean. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { EmbeddingSpec, HttpProviderName } from '../../../src/domain/embedding-spec.js';
import { IngestError } from '../../../src/domain/errors.js';
import type { EmbeddingProvider } from '../../../src/domain/ports/embedder.js';
import { Secret } from '../../../src/domain/secret.js';
import { createEmbedder } from '../../../src/embedding/create-embedder.js';
import { createProvider, describeProvider } from '../../../src/embedding/create-provider.js';
import { openEmbeddingCache } from '../../../src/embedding/embedding-cache.js';
import { ProviderError } from '../../../src/embedding/provider-error.js';
import {
  embeddingSpec,
  InstantClock,
  requestsFor,
  temporaryFolder,
} from '../../support/embedding-fixtures.js';

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

let server: Server | undefined;
let seen: Seen[] = [];

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  seen = [];
});

/** The same answer to everything, or one for each request by what it asks. */
async function serve(reply: Reply | ((body: unknown) => Reply)): Promise<string> {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
    seen.push({ url: request.url ?? '', headers: request.headers, body });
    const said = typeof reply === 'function' ? reply(body) : reply;
    const text = typeof said.body === 'string' ? said.body : JSON.stringify(said.body);
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers }).end(text);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function provider(name: HttpProviderName, over: Partial<EmbeddingSpec>): EmbeddingProvider {
  return createProvider(
    embeddingSpec({ provider: name, api_key: new Secret(['KEY'], () => 'planted-key-77'), ...over }),
    { clock: new InstantClock(), modelCacheDir: 'unused' },
  );
}

const embed = (of: EmbeddingProvider, role: 'passage' | 'query' = 'passage') =>
  of.embed(['a', '二'], role, new AbortController().signal);

const VECTORS = [
  [3, 4],
  [0, 2],
];

interface Dialect {
  readonly name: HttpProviderName;
  readonly base: string;
  readonly path: string;
  readonly passage: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  /** What comes back with one vector too few. */
  readonly short: unknown;
}

const DIALECTS: readonly Dialect[] = [
  {
    name: 'openai-compatible',
    base: '/v1',
    path: '/v1/embeddings',
    passage: { model: 'm', input: ['a', '二'], encoding_format: 'float', dimensions: 2 },
    query: { model: 'm', input: ['a', '二'], encoding_format: 'float', dimensions: 2 },
    answer: {
      data: [
        { index: 0, embedding: VECTORS[0] },
        { index: 1, embedding: VECTORS[1] },
      ],
    },
    short: { data: [{ index: 0, embedding: VECTORS[0] }] },
  },
  {
    name: 'ollama',
    base: '',
    path: '/api/embed',
    passage: { model: 'm', input: ['a', '二'], truncate: false, dimensions: 2 },
    query: { model: 'm', input: ['a', '二'], truncate: false, dimensions: 2 },
    answer: { model: 'm', embeddings: VECTORS, prompt_eval_count: 4 },
    short: { embeddings: VECTORS.slice(1) },
  },
  {
    name: 'tei',
    base: '',
    path: '/embed',
    passage: { inputs: ['a', '二'], normalize: true, truncate: false, dimensions: 2 },
    query: { inputs: ['a', '二'], normalize: true, truncate: false, dimensions: 2 },
    answer: VECTORS,
    short: VECTORS.slice(1),
  },
  {
    name: 'cohere',
    base: '',
    path: '/v2/embed',
    passage: {
      model: 'm',
      texts: ['a', '二'],
      input_type: 'search_document',
      embedding_types: ['float'],
      truncate: 'NONE',
      output_dimension: 2,
    },
    query: {
      model: 'm',
      texts: ['a', '二'],
      input_type: 'search_query',
      embedding_types: ['float'],
      truncate: 'NONE',
      output_dimension: 2,
    },
    answer: { id: '1', embeddings: { float: VECTORS }, texts: ['a', '二'] },
    short: { embeddings: { float: VECTORS.slice(1) } },
  },
  {
    name: 'voyage',
    base: '/v1',
    path: '/v1/embeddings',
    passage: {
      model: 'm',
      input: ['a', '二'],
      input_type: 'document',
      truncation: false,
      output_dimension: 2,
    },
    query: { model: 'm', input: ['a', '二'], input_type: 'query', truncation: false, output_dimension: 2 },
    answer: {
      data: [
        { index: 1, embedding: VECTORS[1] },
        { index: 0, embedding: VECTORS[0] },
      ],
    },
    short: { data: [{ index: 0, embedding: VECTORS[0] }] },
  },
  {
    name: 'jina',
    base: '/v1',
    path: '/v1/embeddings',
    passage: {
      model: 'm',
      input: ['a', '二'],
      task: 'retrieval.passage',
      embedding_type: 'float',
      truncate: false,
      dimensions: 2,
    },
    query: {
      model: 'm',
      input: ['a', '二'],
      task: 'retrieval.query',
      embedding_type: 'float',
      truncate: false,
      dimensions: 2,
    },
    answer: {
      data: [
        { index: 0, embedding: VECTORS[0] },
        { index: 1, embedding: VECTORS[1] },
      ],
    },
    short: { data: [{ index: 0, embedding: VECTORS[0] }] },
  },
];

function textsOf(body: unknown): readonly string[] {
  const { input, inputs, texts } = body as Readonly<Record<string, readonly string[]>>;
  return input ?? inputs ?? texts ?? [];
}

function codeOf(error: unknown): string {
  return error instanceof IngestError ? error.code : String(error);
}

describe.each(DIALECTS)('$name', ({ name, base, path, passage, query, answer, short }) => {
  const spec = async (reply: Reply): Promise<Partial<EmbeddingSpec>> => ({
    base_url: `${await serve(reply)}${base}`,
    model: 'm',
    dimensions: 2,
    normalise: true,
  });

  it('is asked for passages and questions in its own words, with the key', async () => {
    const one = provider(name, await spec({ body: answer }));
    await embed(one, 'passage');
    await embed(one, 'query');
    expect(seen.map(({ url, body }) => ({ url, body }))).toEqual([
      { url: path, body: passage },
      { url: path, body: query },
    ]);
    expect(seen[0]?.headers.authorization).toBe('Bearer planted-key-77');
  });

  it('gives vectors in the order of the texts, of length 1', async () => {
    const [first, second] = await embed(provider(name, await spec({ body: answer })));
    expect(Array.from(first ?? [])).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(Array.from(second ?? [])).toEqual([0, 1]);
  });

  it('leaves lengths alone when it is told to', async () => {
    const raw = provider(name, { ...(await spec({ body: answer })), normalise: false });
    expect(Array.from((await embed(raw))[0] ?? [])).toEqual([3, 4]);
  });

  it.each([
    ['one vector too few', short],
    ['an empty object', {}],
    ['null', null],
    ['a list of text', ['x', 'y']],
    ['HTML', '<html>sign in</html>'],
    ['vectors of text', JSON.parse(JSON.stringify(answer).replaceAll('[3,4]', '["3","4"]'))],
  ])('does not take %s for an answer', async (_what, body) => {
    await expect(embed(provider(name, await spec({ body })))).rejects.toMatchObject({
      name: 'ProviderError',
      fault: 'bad-answer',
    });
  });

  it.each([
    [429, { 'retry-after': '7' }, 'rate-limit'],
    [413, {}, 'too-large'],
    [422, {}, 'bad-request'],
    [400, {}, 'bad-request'],
    [401, {}, 'fatal'],
    [404, {}, 'fatal'],
    [503, {}, 'unavailable'],
  ] as const)('takes %i for what it is, and says what the server said', async (status, headers, fault) => {
    const said = { error: 'went wrong: planted-key-77', message: 'went wrong', detail: 'went wrong' };
    const error = await embed(provider(name, await spec({ status, headers, body: said }))).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ProviderError)) throw new Error('expected a ProviderError');
    expect(error.fault).toBe(fault);
    expect(error.message).toContain('went wrong');
    expect(error.message).not.toContain('planted-key');
    if (status === 429) expect(error.retryAfterMs).toBe(7000);
  });

  describe('in a run', () => {
    const withVector = (vector: string) => JSON.stringify(answer).replaceAll('[3,4]', vector);

    async function run(reply: Reply | ((body: unknown) => Reply), texts: readonly string[] = ['a', '二']) {
      const clock = new InstantClock();
      const cache = openEmbeddingCache(join(temporaryFolder(onTestFinished), 'embeddings.db'));
      onTestFinished(() => cache.close());
      const base_url = `${await serve(reply)}${base}`;
      const one = provider(name, { base_url, model: 'm', dimensions: 2, batch_size: 2, max_concurrency: 1 });
      const embedder = createEmbedder({ provider: one, cache, clock });
      return { clock, outcome: embedder.vectors(requestsFor(texts), new AbortController().signal) };
    }

    it.each([
      ['an answer that breaks off', JSON.stringify(answer).slice(0, -3)],
      ['NaN, which is no JSON', withVector('[NaN,4]')],
      ['a number too large to be one', withVector('[1e999,4]')],
      ['null in place of a number', withVector('[null,4]')],
      ['a vector of another length', withVector('[3,4,5]')],
      ['a vector of zeros', withVector('[0,0]')],
    ])(
      '%s is asked for again, in halves, and then fails the texts, or the run: nothing of it is kept',
      async (_, body) => {
        const { outcome } = await run({ body });
        const kept = await outcome.then(
          ({ vectors, failures }) => ({
            vectors: vectors.size,
            codes: failures.map(({ error }) => codeOf(error)),
          }),
          (error: unknown) => ({ vectors: 0, codes: [codeOf(error)] }),
        );
        expect(kept.vectors).toBe(0);
        expect(new Set(kept.codes)).toEqual(new Set(['E303']));
        expect(seen.length).toBeGreaterThan(3);
      },
    );

    it('one vector too few for a batch is asked for in halves', async () => {
      const { outcome } = await run({ body: short });
      expect((await outcome).vectors.size).toBe(2);
      expect(seen.map(({ body }) => textsOf(body).length)).toEqual([2, 2, 2, 1, 1]);
    });

    it.each([
      [401, 'E301', 1],
      [500, 'E302', 8],
    ])('%i for ever ends it with %s after %i requests', async (status, code, requests) => {
      const { outcome } = await run({ status, body: { error: 'planted-key-77' } });
      const error = await outcome.catch((thrown: unknown) => thrown);
      expect(codeOf(error)).toBe(code);
      expect(String(error)).not.toContain('planted-key');
      expect(seen).toHaveLength(requests);
    });

    it('429 is waited out for as long as the server asks', async () => {
      let limited = false;
      const { clock, outcome } = await run((body) => {
        if (!limited) {
          limited = true;
          return { status: 429, headers: { 'retry-after': '7' }, body: {} };
        }
        return { body: answerFor(body) };
      });
      expect((await outcome).vectors.size).toBe(2);
      expect(clock.monotonic()).toBeGreaterThanOrEqual(7000);
    });

    it.each([400, 413])('%i for a batch with one poisoned text fails that text alone', async (status) => {
      const { outcome } = await run(
        (body) =>
          textsOf(body).includes('poison') ? { status, body: { error: 'no' } } : { body: answerFor(body) },
        ['a', 'poison', 'b', 'c'],
      );
      const { vectors, failures } = await outcome;
      expect(vectors.size).toBe(3);
      expect(failures.map(({ error }) => codeOf(error))).toEqual(['E301']);
    });

    /** As many of the answer's vectors as texts were asked for: tests ask for one or two. */
    function answerFor(body: unknown): unknown {
      return textsOf(body).length === 2 ? answer : short;
    }
  });

  it('has a fingerprint of its own', () => {
    const of = (one: HttpProviderName) => describeProvider(embeddingSpec({ provider: one })).fingerprint;
    expect(DIALECTS.filter((other) => of(other.name) === of(name)).map((other) => other.name)).toEqual([
      name,
    ]);
  });
});

describe('an address', () => {
  it.each(['ollama', 'cohere', 'voyage', 'jina'] as const)('%s knows its own', (name) => {
    expect(() => provider(name, { base_url: undefined })).not.toThrow();
  });

  it.each(['tei', 'openai-compatible'] as const)('%s must be told', (name) => {
    expect(() => provider(name, { base_url: undefined })).toThrow(/needs embedding\.base_url/);
  });
});
