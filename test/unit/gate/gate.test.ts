import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateVerdict } from '../../../src/domain/ports/gate.js';
import { type FilesSource, FULL_SNAPSHOT } from '../../../src/domain/source-spec.js';
import { type LoadedGate, loadGate } from '../../../src/gate/gate.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ingest-gate-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
async function gate(
  contract?: unknown,
  over: Partial<FilesSource> = {},
): Promise<
  Pick<LoadedGate, 'recipe' | 'warnings'> & { judge(metadata: Record<string, unknown>): GateVerdict }
> {
  let file: string | undefined;
  if (contract !== undefined) {
    file = path.join(folder, `contract-${++files}.json`);
    await writeFile(file, typeof contract === 'string' ? contract : JSON.stringify(contract));
  }
  const source: FilesSource = {
    id: 'handbook',
    type: 'files',
    root: folder,
    include: [],
    exclude: [],
    contract: file,
    metadata: {},
    load: FULL_SNAPSHOT,
    ...over,
  };
  const loaded = await loadGate(source, { on_reject: 'keep' });
  return { ...loaded, judge: (metadata) => loaded.judge({ metadata, text: '' }) };
}

const OWNED = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['owner'],
  properties: {
    owner: { type: 'string' },
    url: { type: 'string', format: 'uri' },
    level: { enum: ['low', 'high'] },
  },
};

test('without a contract everything that can be stored is accepted', async () => {
  expect((await gate()).judge({ title: 'A' })).toEqual({
    verdict: 'accept',
    metadata: { title: 'A' },
    text: '',
    redacted: false,
    warnings: [],
  });
});

test('a violated contract rejects with the pointer and the rule, never the value', async () => {
  const { judge } = await gate(OWNED);
  expect(judge({})).toMatchObject({ verdict: 'reject', code: 'contract', detail: '/owner required' });
  expect(judge({ owner: 7, level: 'planted', url: 'no url' })).toEqual({
    verdict: 'reject',
    codes: ['contract'],
    code: 'contract',
    detail: '/level must be one of "low", "high"; /owner must be string; /url must match format "uri"',
  });
  expect(judge({ owner: 'ana', url: 'https://example.com/a' }).verdict).toBe('accept');
});

test('the contract sees source metadata under the document metadata', async () => {
  const { judge } = await gate(OWNED, { metadata: { owner: 'team', product: { name: 'x', tier: 1 } } });
  expect(judge({ product: { tier: 2 } })).toMatchObject({
    verdict: 'accept',
    metadata: { owner: 'team', 'product.name': 'x', 'product.tier': 2 },
  });
  expect(judge({ owner: 3 })).toMatchObject({ verdict: 'reject', code: 'contract' });
});

test('an inherited property satisfies no contract', async () => {
  const { judge } = await gate({ required: ['constructor'] });
  expect(judge({})).toMatchObject({ verdict: 'reject', detail: '/constructor required' });
});

test('metadata that Chroma cannot take rejects with its own code', async () => {
  const { judge } = await gate();
  expect(judge({ note: '文'.repeat(2728) })).toEqual({
    verdict: 'reject',
    codes: ['metadata'],
    code: 'metadata',
    detail: 'note has 8184 bytes, at most 8182',
  });
});

test('the $schema spelling without /schema is accepted with a warning', async () => {
  const { judge, warnings } = await gate({ ...OWNED, $schema: 'https://json-schema.org/draft/2020-12' });
  expect(warnings).toMatchObject([{ key: 'contract-schema-uri', functional: false }]);
  expect(judge({}).verdict).toBe('reject');
});

test('draft-07 is accepted, with its own meaning of items', async () => {
  const draft07 = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    properties: { pair: { items: [{ type: 'string' }, { type: 'number' }] } },
  };
  const { judge, warnings } = await gate(draft07);
  expect(warnings).toEqual([]);
  expect(judge({ pair: ['a', 1] }).verdict).toBe('accept');
  expect(judge({ pair: [1, 'a'] }).verdict).toBe('reject');
});

test('a keyword that nobody knows is noted, since it checks nothing', async () => {
  const { warnings } = await gate({ requried: ['owner'] });
  expect(warnings).toMatchObject([{ key: 'contract-note', message: expect.stringContaining('requried') }]);
});

test.each([
  ['broken JSON', '{ "type": '],
  ['a list', '[]'],
  ['an unknown type', { type: 'strnig' }],
  ['an unknown draft', { $schema: 'http://json-schema.org/draft-04/schema#' }],
  ['an unknown format', { properties: { a: { type: 'string', format: 'adress' } } }],
  ['a remote reference, which is not fetched', { $ref: 'https://127.0.0.1:9/other.json' }],
])('a contract that is %s cannot be used', async (_name, contract) => {
  await expect(gate(contract)).rejects.toMatchObject({
    code: 'E117',
    kind: 'input',
    advice: expect.any(String),
  });
});

test('a contract that is gone says so', async () => {
  await expect(gate(undefined, { contract: path.join(folder, 'none.json') })).rejects.toMatchObject({
    code: 'E117',
    message: expect.stringContaining('ENOENT'),
  });
});

test('the recipe follows contract, policy and source metadata, and not the line ends of a check-out', async () => {
  const text = JSON.stringify(OWNED, null, 2);
  const base = (await gate(text)).recipe;
  expect(base).toMatch(/^[0-9a-f]{32}$/);
  expect((await gate(text.replaceAll('\n', '\r\n'))).recipe).toBe(base);
  const others = [
    (await gate()).recipe,
    (await gate(text.replace('owner', 'author'))).recipe,
    (await gate(text, { metadata: { a: 1 } })).recipe,
  ];
  expect(new Set([base, ...others]).size).toBe(4);
});
