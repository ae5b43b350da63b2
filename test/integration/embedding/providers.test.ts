/** Each provider against a real HTTP server that speaks its protocol: what is sent, what is read, what failures mean. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmbeddingSpec, HttpProviderName } from '../../../src/domain/manifest.js';
import type { EmbeddingProvider } from '../../../src/domain/ports/embedder.js';
import { Secret } from '../../../src/domain/secret.js';
import { createProvider, describeProvider } from '../../../src/embedding/create-provider.js';
import { ProviderError } from '../../../src/embedding/provider-error.js';
import { embeddingSpec, InstantClock } from '../../support/embedding-fixtures.js';

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

async function serve(reply: Reply): Promise<string> {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    seen.push({
      url: request.url ?? '',
      headers: request.headers,
      body: JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown,
    });
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    response
      .writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
      .end(text);
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

  it('has a fingerprint of its own', () => {
    const other = describeProvider(embeddingSpec({ provider: 'openai-compatible' })).fingerprint;
    expect(describeProvider(embeddingSpec({ provider: name })).fingerprint).not.toBe(other);
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
