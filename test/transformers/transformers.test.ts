/**
 * A real model by the real library, which is half a gigabyte: `npm run test:transformers` installs it into this folder.
 * Without it these tests are skipped, by name.
 */
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EmbeddingSpec, LocalModel } from '../../src/domain/embedding-spec.js';
import { createEmbedder } from '../../src/embedding/create-embedder.js';
import { createProvider } from '../../src/embedding/create-provider.js';
import { openEmbeddingCache } from '../../src/embedding/embedding-cache.js';
import { hashModelFiles } from '../../src/embedding/model-files.js';
import { embeddingSpec, InstantClock, requestsFor, temporaryFolder } from '../support/embedding-fixtures.js';
import { manifestOf, Workspace } from '../support/memory-workspace.js';
import { tokenVectors, writeModel } from './tiny-model.js';

const INSTALLED = existsSync(
  fileURLToPath(new URL('node_modules/@huggingface/transformers/package.json', import.meta.url)),
);
const never = new AbortController().signal;
const NO_STATS = { get: () => undefined, put: () => {}, flush: () => {}, close: () => {} };

let folder: string;
let cacheDir: string;

describe.skipIf(!INSTALLED)('transformers', () => {
  beforeAll(async () => {
    const root = temporaryFolder((cleanUp) => process.once('exit', cleanUp));
    folder = join(root, 'models', 'org', 'tiny');
    cacheDir = join(root, 'cache');
    await writeModel(folder);
  });

  const spec = (local: Partial<LocalModel> = {}, over: Partial<EmbeddingSpec> = {}): EmbeddingSpec =>
    embeddingSpec({
      provider: 'transformers',
      model: 'org/tiny',
      local: { folder, dtype: 'fp32', pooling: 'mean', files_sha256: 'f', ...local },
      ...over,
    });
  const provider = (of: EmbeddingSpec) =>
    createProvider(of, { clock: new InstantClock(), modelCacheDir: cacheDir });
  const embed = (of: EmbeddingSpec, texts: readonly string[], role: 'passage' | 'query' = 'passage') =>
    provider(of).embed(texts, role, never);

  const mean = (vectors: readonly number[][]): number[] =>
    (vectors[0] ?? []).map((_, k) => vectors.reduce((sum, one) => sum + (one[k] ?? 0), 0) / vectors.length);
  function expectNear(vector: Float32Array | undefined, expected: readonly number[] | undefined): void {
    expect(vector).toHaveLength(expected?.length ?? 0);
    expected?.forEach((number, i) => {
      expect(vector?.[i]).toBeCloseTo(number, 5);
    });
  }

  const TEXTS = [
    ['search', 'index', 'vector', 'text', 'search', 'index'],
    ['text'],
    ['向', '量', 'index'],
    ['vector', 'unheard'],
  ];

  it('gives the vectors that the model computes, in the order of the texts, whatever stands beside them', async () => {
    for (const batch_size of [1, 2, 8]) {
      const found = await embed(
        spec({}, { batch_size }),
        TEXTS.map((words) => words.join(' ')),
      );
      expect(found).toHaveLength(TEXTS.length);
      for (const [i, words] of TEXTS.entries()) expectNear(found[i], mean(tokenVectors(words)));
    }
  });

  it('takes the first or the last token where the model wants that', async () => {
    const texts = TEXTS.map((words) => words.join(' '));
    const first = await embed(spec({ pooling: 'cls' }), texts);
    const last = await embed(spec({ pooling: 'last' }), texts);
    for (const [i, words] of TEXTS.entries()) {
      expectNear(first[i], tokenVectors(words)[0]);
      expectNear(last[i], tokenVectors(words).at(-1));
    }
  });

  it('puts the prefixes before questions and passages, and scales to length 1', async () => {
    const prefixed = spec({}, { query_prefix: 'query: ', passage_prefix: 'text ', normalise: true });
    const unit = (vector: readonly number[]) => vector.map((value) => value / Math.hypot(...vector));
    expectNear(
      (await embed(prefixed, ['index'], 'query'))[0],
      unit(mean(tokenVectors(['query', ':', 'index']))),
    );
    expectNear((await embed(prefixed, ['index']))[0], unit(mean(tokenVectors(['text', 'index']))));
  });

  it('loads the weights of the dtype', async () => {
    expectNear((await embed(spec({ dtype: 'q8' }), ['index']))[0], mean(tokenVectors(['index'], 7)));
  });

  it('refuses a text that is too long, by its tokens, and embeds the others', async () => {
    const clock = new InstantClock();
    const cache = openEmbeddingCache(join(temporaryFolder(onTestFinished), 'embeddings.db'));
    onTestFinished(() => cache.close());
    const embedder = createEmbedder({ provider: provider(spec()), cache, clock });
    const long = 'index '.repeat(11).trim();
    const { vectors, failures } = await embedder.vectors(
      requestsFor(['search', long, 'index '.repeat(10).trim()]),
      never,
    );
    expect(vectors.size).toBe(2);
    expect(failures.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('a text has 13 tokens, and the model takes 12'),
    ]);
  });

  describe('a model that cannot be loaded: E306', () => {
    it.each([
      ['weights that are no ONNX', 'onnx/model.onnx', 'not a model'],
      ['a tokenizer that is no JSON', 'tokenizer.json', '{'],
      ['a missing configuration', 'config.json', undefined],
    ])('%s', async (_what, file, content) => {
      const broken = join(temporaryFolder(onTestFinished), 'tiny');
      cpSync(folder, broken, { recursive: true });
      if (content === undefined) rmSync(join(broken, file));
      else writeFileSync(join(broken, file), content);
      await expect(embed(spec({ folder: broken }), ['index'])).rejects.toMatchObject({ code: 'E306' });
    });
  });

  describe('a download', () => {
    let hub: Server;
    let asked: string[];
    afterEach(() => {
      hub.close();
      hub.closeAllConnections();
    });

    /** As the hub serves files: /<model>/resolve/<revision>/<file>. */
    async function startHub(): Promise<string> {
      asked = [];
      const latest = join(temporaryFolder(onTestFinished), 'latest');
      await writeModel(latest, 5);
      hub = createServer((request, response) => {
        const path = decodeURIComponent(request.url ?? '');
        asked.push(path);
        const [, revision = '', name = ''] = /^\/org\/tiny\/resolve\/(r1|main)\/(.*)$/.exec(path) ?? [];
        const file = join(revision === 'r1' ? folder : latest, name);
        if (revision === '' || !existsSync(file)) {
          response.writeHead(404).end();
          return;
        }
        const bytes = readFileSync(file);
        response
          .writeHead(200, { 'content-length': bytes.length })
          .end(request.method === 'HEAD' ? '' : bytes);
      });
      await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
    }

    it('happens once, of the revision that is named, and a folder asks for nothing', async () => {
      const base_url = await startHub();
      const remote = spec({ folder: undefined, files_sha256: undefined }, { base_url, revision: 'r1' });
      expectNear((await embed(remote, ['index']))[0], mean(tokenVectors(['index'])));
      expect(asked.filter((path) => path.endsWith('.onnx'))).toContain(
        '/org/tiny/resolve/r1/onnx/model.onnx',
      );
      expect(existsSync(cacheDir)).toBe(true);

      asked.length = 0;
      expectNear((await embed(remote, ['index']))[0], mean(tokenVectors(['index'])));
      expect(asked.filter((path) => path.endsWith('.onnx'))).toEqual([]);

      asked.length = 0;
      const partial = join(temporaryFolder(onTestFinished), 'org', 'tiny');
      cpSync(folder, partial, { recursive: true });
      rmSync(join(partial, 'onnx', 'model.onnx'));
      await expect(embed(spec({ folder: partial }, { base_url }), ['index'])).rejects.toMatchObject({
        code: 'E306',
      });
      expect(asked).toEqual([]);
    });
  });

  it('is applied and searched like any provider, and other weights under the same name build the index anew', async () => {
    const own = join(temporaryFolder(onTestFinished), 'tiny');
    cpSync(folder, own, { recursive: true });
    const declared = async () =>
      spec({ folder: own, files_sha256: await hashModelFiles(own, 'fp32', NO_STATS) }, { normalise: true });
    const ws = new Workspace({ manifest: { embedding: await declared() } });
    onTestFinished(() => ws.dispose());
    ws.write('a.md', 'search index\n');
    ws.write('b.md', '向量 text\n');
    expect(await ws.applied()).toMatchObject({ outcome: 'applied', embedded: 2 });
    expect((await ws.plan()).header.outcome).toBe('no_changes');

    await writeModel(own, 3);
    ws.manifests.splice(0, 1, manifestOf(ws.docs, { embedding: await declared() }));
    const { changes } = await ws.plan();
    expect(changes.map(({ action }) => action)).toEqual(['replace', 'replace']);
    expect(await ws.applied()).toMatchObject({ outcome: 'applied', embedded: 2 });

    copyFileSync(join(folder, 'onnx', 'model.onnx'), join(own, 'onnx', 'model.onnx'));
    ws.manifests.splice(0, 1, manifestOf(ws.docs, { embedding: await declared() }));
    // Back to the first weights: their vectors are still in the cache.
    expect(await ws.applied()).toMatchObject({ outcome: 'applied', embedded: 0 });
  });
});
