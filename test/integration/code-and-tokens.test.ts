/** Code, data and sizes in tokens through plan and apply: recipes, pins, and what an edit costs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChunkingSpec, TokenizerSpec } from '../../src/domain/chunking-spec.js';
import { COLLECTION, Workspace } from '../support/memory-workspace.js';

let ws: Workspace;
beforeEach(() => {
  ws = new Workspace();
});
afterEach(() => ws.dispose());

function chunking(spec: ChunkingSpec): void {
  const [manifest] = ws.manifests;
  if (manifest === undefined) expect.fail('no manifest');
  ws.manifests[0] = { ...manifest, chunking: spec };
}

function tokens(tokenizer: TokenizerSpec, strategy: ChunkingSpec['strategy'] = 'auto'): ChunkingSpec {
  return { strategy, max_tokens: 40, min_tokens: 8, overlap_tokens: 0, tokenizer };
}

const method = (name: string): string =>
  `  ${name}(value: number): number {\n    return value * ${name.length};\n  }`;
const source = (...names: string[]): string => `export class Sums {\n${names.map(method).join('\n\n')}\n}\n`;

function headingPaths(): unknown[] {
  return [...ws.chroma.records(COLLECTION).values()]
    .map(({ metadata }) => metadata['ingest_heading_path'])
    .sort();
}

function write(): void {
  ws.write('sums.ts', source('double', 'triple', 'quadruple', 'quintuple'));
  ws.write(
    'table.csv',
    `name,price\n${Array.from({ length: 12 }, (_, i) => `item ${i},${i * 3}`).join('\n')}\n`,
  );
  ws.write('config.json', '{\n  "server": {\n    "port": 8080,\n    "host": "localhost"\n  }\n}\n');
  ws.write('guide.md', '# Guide\n\nHow to add numbers.\n');
}

it('every type is cut its own way, and a second plan has nothing to do', async () => {
  write();
  expect((await ws.applied()).outcome).toBe('applied');
  expect(headingPaths()).toEqual(expect.arrayContaining(['Guide', 'class Sums > method triple', 'server']));
  const tables = [...ws.chroma.records(COLLECTION).values()].filter(({ text }) => text?.includes('item'));
  expect(tables.length).toBeGreaterThan(1);
  for (const { text } of tables) expect(text).toMatch(/^name,price\n/);
  expect((await ws.plan()).changes).toEqual([]);
  const pins = ws.state((state) => state.index('docs')?.pins);
  expect(pins).toEqual({
    'chunker:code': 1,
    'chunker:markdown': 1,
    'chunker:rows': 1,
    'parser:csv': 1,
    'parser:json': 1,
    'parser:markdown': 1,
    'parser:typescript': 1,
  });
});

it('an edit of one method embeds that method alone', async () => {
  write();
  await ws.applied();
  ws.write('sums.ts', source('double', 'triple', 'quadruple', 'quintuple').replace('* 6;', '* 6 + 0;'));
  const [change] = (await ws.plan()).changes;
  expect(change).toMatchObject({ action: 'update', chunks: { add: 1, delete: 1 } });
});

it('another tokenizer is another recipe; the same one elsewhere is not', async () => {
  write();
  const json = JSON.stringify({
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', unk_token: '[UNK]', vocab: { '[UNK]': 0, item: 1 } },
  });
  const file = (path: string, content: string): TokenizerSpec => {
    mkdirSync(dirname(join(ws.root, path)), { recursive: true });
    writeFileSync(join(ws.root, path), content);
    return { kind: 'file', file: join(ws.root, path) };
  };
  chunking(tokens(file('a/tokenizer.json', json)));
  expect((await ws.applied()).outcome).toBe('applied');
  expect(ws.state((state) => state.index('docs')?.pins)).toMatchObject({ 'tokenizer:tokenizer.json': 1 });
  chunking(tokens(file('elsewhere/my-tokenizer.json', json)));
  expect((await ws.plan()).changes).toEqual([]);
  chunking(tokens(file('a/tokenizer.json', `${json}\n`)));
  const { changes } = await ws.plan();
  expect(changes.map(({ reasons }) => reasons)).toEqual([['chunker'], ['chunker'], ['chunker'], ['chunker']]);
  // The same counts give the same chunks: nothing is embedded again.
  expect(changes.map(({ chunks }) => chunks.add)).toEqual([0, 0, 0, 0]);
});

it('whole is one chunk a document, and no size is part of its recipe', async () => {
  write();
  chunking(tokens({ kind: 'encoding', name: 'o200k_base' }, 'whole'));
  await ws.applied();
  const texts = [...ws.chroma.records(COLLECTION).values()].map(({ text }) => text);
  expect(texts.sort()).toEqual(
    ['config.json', 'guide.md', 'sums.ts', 'table.csv']
      .map((name) => readFileSync(join(ws.docs, name), 'utf8').trimEnd())
      .sort(),
  );
  chunking({ strategy: 'whole', max_chars: 99, min_chars: 9, overlap_chars: 0 });
  expect((await ws.plan()).changes).toEqual([]);
});

it('broken data is refused by name, the rest is indexed', async () => {
  write();
  ws.write('broken.json', '{"a": }');
  ws.write('broken.csv', 'a,b\n1,"open\n');
  ws.write('picture.json', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]));
  ws.write('deep.json', '['.repeat(100_000));
  const result = await ws.applied();
  expect(result).toMatchObject({ rejected: 4 });
  expect(ws.state((state) => state.reject('docs', 'h/broken.json'))).toMatchObject({
    code: 'malformed',
    reason: 'not JSON: line 1, column 7: expected value',
  });
  const { changes, index } = await ws.plan();
  expect(changes).toEqual([]);
  expect(index.coverage).toMatchObject({ current: 4, rejected: 4 });
});
