/** What a manifest says of its embedding beside the model: another name for it, what it costs, how fast it may be asked. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeProvider } from '../../src/embedding/create-provider.js';
import { openEmbeddingCache } from '../../src/embedding/embedding-cache.js';
import { startTestChroma, type TestChroma } from '../support/chroma.js';
import { embeddingSpec } from '../support/embedding-fixtures.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import type { CliResult } from '../support/ingest-cli.js';
import { article, changesOf, gist, Project } from '../support/project.js';

let chroma: TestChroma;
let embeddings: EmbeddingServer;
let project: Project;

beforeAll(async () => {
  chroma = await startTestChroma();
});
afterAll(() => chroma.stop());
beforeEach(async () => {
  embeddings = await startEmbeddingServer({ dimension: 16 });
  project = new Project(chroma.url, true);
});
afterEach(async () => {
  await embeddings.stop();
  await project.dispose();
});

function declare(...lines: readonly string[]): void {
  project.manifest({
    embedding: ['provider: openai-compatible', `base_url: ${embeddings.url}`, ...lines],
  });
}

it('a renamed model that is declared the same embeds nothing again, and only what is new under its new name', async () => {
  declare('model: te3-small');
  project.docs(2);
  await project.settle();
  const paid = embeddings.texts.length;

  declare('model: gateway/te3-small');
  expect(changesOf(await project.plan()).map(({ action }) => action)).toEqual(['replace', 'replace']);

  declare('model: gateway/te3-small', 'dimensions: 16', 'same_as: { model: te3-small }');
  const undeclared = await project.plan();
  expect(undeclared.indexes[0]?.index_actions).toMatchObject([{ action: 'replace', reasons: ['embedding'] }]);

  declare('model: gateway/te3-small', 'same_as: { model: te3-small }');
  const renamed = await project.plan();
  expect(renamed.outcome).toBe('no_changes');
  expect(renamed.indexes[0]?.index_actions).toEqual([]);
  expect(embeddings.texts).toHaveLength(paid);

  project.doc('new.md', article('new'));
  const more = await project.plan();
  expect(gist(more)).toEqual(['create docs/new.md new']);
  expect(await project.settle()).toMatchObject({ applied: { create: 1, replace: 0 }, embedded: 3 });
  expect(embeddings.requests.at(-1)?.body['model']).toBe('gateway/te3-small');
  expect(embeddings.texts).toHaveLength(paid + 3);
});

it('a plan says what embedding costs and how long it takes, and its id depends on neither', async () => {
  declare('model: m', 'price_per_million_tokens: 100');
  project.docs(4);
  const first = await project.plan();
  const { embed } = first.summary;
  expect(embed).toMatchObject({ compute: 12, cached: 0 });
  expect(embed.cost).toBeCloseTo((embed.tokens * 100) / 1e6);
  expect(embed.seconds).toBeGreaterThan(0);
  const perChange = changesOf(first).map((change) => change.embed.seconds ?? Number.NaN);
  expect(perChange.reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(embed.seconds ?? Number.NaN);

  // As an earlier run would have measured it: a hundred tokens a second.
  const { fingerprint } = describeProvider(embeddingSpec({ model: 'm', normalise: true }));
  const cache = openEmbeddingCache(project.ws.path('state', 'cache', 'embeddings.db'));
  cache.noteThroughput(fingerprint, 1000, 10_000);
  cache.close();
  const measured = await project.plan();
  expect(measured.summary.embed.seconds).toBeCloseTo(embed.tokens / 100);
  expect(measured.plan_id).toBe(first.plan_id);

  const text = (await project.call(['plan'])).stdout;
  expect(text).toMatch(/^Embed +12 chunks, [\d,]+ tokens, \$0\.\d+, ~\d+ s$/m);
  const comment = (await project.call(['plan', '--format', 'markdown'])).stdout;
  expect(comment).toMatch(/\| 12 \| \$0\.\d+, ~\d+ s \|/);
});

it('limits make the estimate longer, and never change the model', async () => {
  declare('model: m', 'batch_size: 1', 'requests_per_minute: 2', 'max_concurrency: 1');
  project.doc('a.md', article('a'));
  expect((await project.plan()).summary.embed).toMatchObject({ compute: 3, seconds: 90, cost: null });
  declare('model: m', 'tokens_per_minute: 100000000');
  await project.settle();
  declare('model: m', 'batch_size: 1', 'requests_per_minute: 2', 'tokens_per_minute: 5');
  expect((await project.plan()).outcome).toBe('no_changes');
});

it('a local model is planned without its library, and apply says what to install', async () => {
  const files = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'];
  for (const name of files) project.ws.write(`models/org/e5/${name}`, name);
  project.manifest({
    embedding: ['provider: transformers', 'model: org/e5', 'model_path: ../models'],
  });
  project.doc('a.md', article('a'));
  expect((await project.plan()).summary).toMatchObject({ create: 1, embed: { compute: 3, cost: 0 } });

  const applied = await project.run(['apply', '--auto-approve']);
  expect(applied.code).toBe(1);
  const told = ({ stdout, stderr }: CliResult) => (stdout + stderr).replace(/\s+/g, ' ');
  expect(told(applied)).toContain('E305');
  expect(told(applied)).toContain('npm install @huggingface/transformers@4');

  project.ws.remove('models/org/e5/tokenizer.json');
  const planned = await project.call(['plan']);
  expect(planned.code).toBe(1);
  expect(planned.stderr).toMatch(/E306[^\n]*tokenizer\.json/);
});
