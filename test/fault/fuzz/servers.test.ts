/** A server that answers anything: every request to Chroma ends with a result or an error that explains itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONNECTION } from '../../../src/domain/connection.js';
import type { Target } from '../../../src/domain/manifest.js';
import { type LiveCollection, WriteRejected, WriteUnknown } from '../../../src/domain/ports/live.js';
import { createConnector } from '../../../src/live/connect.js';
import { realClock } from '../../support/real-clock.js';
import { anyJson, ESCAPES, isExplained, mutated, prototypes, runs } from './hostile.js';

const DESCRIPTION = {
  id: '5b2c1c0e-0000-4000-8000-000000000000',
  name: 'docs',
  dimension: 2,
  configuration_json: { hnsw: { space: 'cosine' } },
  metadata: {
    ingest_lineage: 'l',
    ingest_manifests: '["docs"]',
    ingest_protected: '[]',
    ingest_role: 'live',
    ingest_generation: 1,
    ingest_vector_recipe: 'r',
  },
};
const PAGE = {
  ids: ['a'],
  documents: ['text'],
  metadatas: [{ ingest_uri: 'h/a' }],
  embeddings: [[1, 0]],
  include: [],
};
const HITS = { ids: [['a']], documents: [['text']], metadatas: [[{}]], distances: [[0]], include: [] };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly cut: boolean;
}

/** What a healthy server says, to begin with. */
function honest(method: string, path: string): unknown {
  if (path.endsWith('/pre-flight-checks')) return { max_batch_size: 100, supports_base64_encoding: true };
  if (path.endsWith('/version')) return '1.0.0';
  if (path.endsWith('/count')) return 1;
  if (path.endsWith('/get')) return PAGE;
  if (path.endsWith('/query')) return HITS;
  if (path.includes('/collections'))
    return method === 'GET' || path.endsWith('/collections') ? DESCRIPTION : {};
  return { name: 'default_database' };
}

const answer: fc.Arbitrary<(usual: unknown) => fc.Arbitrary<Answer>> = fc.constant((usual) =>
  fc.record({
    status: fc.constantFrom(200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 409, 413, 422),
    type: fc.constantFrom('application/json', 'text/html', 'application/octet-stream', ''),
    body: fc.oneof(
      mutated(usual).map((value) => JSON.stringify(value) ?? ''),
      anyJson.map((value) => JSON.stringify(value) ?? ''),
      fc.constantFrom(
        '',
        '<html><title>502</title>',
        '{"ids": ["a',
        'null',
        '[]',
        '1e999',
        '{"error":"X","message":"\\u001b[2J"}',
      ),
      fc.constantFrom(...ESCAPES),
    ),
    cut: fc.boolean().map((cut) => cut && false),
  }),
);

let server: Server;
let url: string;
/** What comes instead of the nth answer; the others are honest. */
let wrong: { readonly at: number; readonly answer: Answer } | undefined;
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const usual = honest(request.method ?? 'GET', (request.url ?? '').split('?')[0] ?? '');
      const given = wrong !== undefined && asked++ >= wrong.at ? wrong.answer : undefined;
      response.writeHead(given?.status ?? 200, {
        ...(given?.type === '' ? {} : { 'content-type': given?.type ?? 'application/json' }),
        ...(given?.status === 302 ? { location: 'http://elsewhere.test/' } : {}),
      });
      response.end(
        given === undefined ? JSON.stringify(usual) : given.status === 204 ? undefined : given.body,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
);

const USES: Readonly<Record<string, (collection: LiveCollection) => Promise<unknown>>> = {
  count: (collection) => collection.count(),
  ids: async (collection) => {
    // A server that repeats itself is not followed for ever.
    let pages = 0;
    for await (const ids of collection.ids()) if (ids.length === 0 || ++pages > 3) return;
  },
  get: (collection) => collection.get(['a']),
  existing: (collection) => collection.existing(['a']),
  vectors: (collection) => collection.vectors(['a']),
  query: (collection) => collection.query(new Float32Array([1, 0]), 3, 'docs'),
  put: (collection) =>
    collection.put([{ id: 'a', text: 't', vector: new Float32Array([1, 0]), metadata: { a: 1 } }]),
  patch: (collection) => collection.patch([{ id: 'a', metadata: { a: null } }]),
  delete: (collection) => collection.delete(['a']),
  writeIdentity: async (collection) => {
    if (collection.identity !== undefined) await collection.writeIdentity(collection.identity);
  },
};

describe.each(Object.keys(USES))('%s of a Chroma that answers anything', (name) => {
  it('ends with a result, or with an error that explains itself', async () => {
    const before = prototypes();
    const usual =
      { count: 1, query: HITS, get: PAGE, ids: PAGE, existing: PAGE, vectors: PAGE }[name] ?? DESCRIPTION;
    const wrongs = answer.chain((of) => fc.oneof(of(usual), of(DESCRIPTION)));
    await fc.assert(
      fc.asyncProperty(fc.nat(4), wrongs, async (at, given) => {
        wrong = { at, answer: given };
        asked = 0;
        const target: Target = {
          kind: 'remote',
          url,
          headers: {},
          tenant: 't',
          database: 'd',
          connection: { ...DEFAULT_CONNECTION, timeout_ms: 5000 },
          collection: 'docs',
          space: 'cosine',
        };
        const connector = createConnector({
          target,
          stateDir: '',
          cacheDir: '',
          env: {},
          clock: { ...realClock(), sleep: async () => {} },
          onNote: () => {},
          signal: new AbortController().signal,
        });
        try {
          const database = await connector.connect('read');
          if (database === 'absent') throw new Error('absent');
          const collection = await database.find('docs');
          if (collection !== undefined) await USES[name]?.(collection);
        } catch (error) {
          const told = isExplained(error) || error instanceof WriteRejected || error instanceof WriteUnknown;
          if (!told) throw error;
        }
        expect(prototypes()).toBe(before);
      }),
      runs(40) as fc.Parameters<[number, Answer]>,
    );
  });
});
