import { expect, test } from 'vitest';
import { ManifestFaults } from '../../../src/domain/errors.js';
import { renderFaults } from '../../../src/report/render-faults.js';
import { plainStyle } from '../../../src/report/style.js';
import { faultsIn, faultsOf, MINIMAL, options, workspace } from './workspace.js';

const LOOK = `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: support-docs }
environments:
  prod: { chroma: embedded }
embedding:
  provider: openai-compatible
  api_key: hunter2-hunter2
chunkng:
  max_chars: 900
sources:
  - id: handbook
    type: files
    root: ../docs

# what apply may do
# by itself
policy:
  on_reject: keep
  prevent_destroy: true
  deletes:
    max_ratio: 10%
    max_count: 5
`;

test('faults look as in the target: place, line, underline, what to write', async () => {
  const good = (id: string) => MINIMAL.replace('support-docs', id).replace('dev:', 'prod:');
  const cwd = await workspace({
    'desired/support.yaml': LOOK.replace('  api_key', '  model: m\n  base_url: http://h\n  api_key'),
    'desired/x.yaml': good('other-a'),
    'desired/y.yaml': good('other-b'),
  });
  const faults = await faultsIn(options(cwd));
  const lines = [...renderFaults(new ManifestFaults(faults, 3, 1), { style: plainStyle, width: 100 })];
  expect(`${lines.join('\n')}\n`).toBe(`desired/support.yaml:10:12: E114 a secret is written in the file
  10 |   api_key: ********
     |            ^^^^^^^^ use \${OPENAI_API_KEY}; if this was pushed, revoke the key
desired/support.yaml:11:1: E101 unknown key "chunkng"
  11 | chunkng:
     | ^^^^^^^ did you mean "chunking"?
desired/support.yaml:24:16: E107 max_ratio must be a number from 0 to 1
  24 |     max_ratio: 10%
     |                ^^^ write 0.1

3 errors in 1 of 3 manifests. Nothing was scanned.
`);
});

test('every fault of a manifest is told at once', async () => {
  const faults = await faultsOf(
    LOOK.replace('on_reject: keep', 'on_reject: dlete').replace('../docs', '../nowhere'),
  );
  expect(faults.map((fault) => fault.split(' ').slice(0, 2).join(' '))).toEqual([
    '6:1 E102',
    '6:1 E102',
    '8:12 E114',
    '9:1 E101',
    '14:11 E112',
    '19:14 E103',
    '22:16 E107',
  ]);
});

test.each([
  ['kind: Index', 'kind: Deployment', '2:7 E113 kind must be Index'],
  ['ingest/v1', 'ingest/v2', '1:13 E113 apiVersion must be ingest/v1'],
  ['support-docs', 'Support', '3:26 E103 manifest_id must be 3 to 63 of a-z'],
  ['support-docs', 'chroma', '3:26 E103 manifest_id must be 3 to 63 of a-z'],
  ['support-docs', '123', '3:26 E103 manifest_id must be text -> write "123", in quotes'],
  ['dev:', 'cache:', '5:3 E103 "cache" cannot be a name here'],
  ['dev:', 'Dev:', '5:3 E103 "Dev" cannot be a name here'],
  ['chroma: embedded', 'chroma: 8000', '5:18 E103 chroma must be text or a map of keys and values'],
  ['chroma: embedded', 'chroma: localhost', '5:18 E103 chroma must be embedded, or a URL'],
  ['chroma: embedded', 'chroma: { url: embedded, tenant: x }', '5:35 E103 "tenant" needs a server'],
  ['lexical-hash }', 'transformers, model: m }', '6:1 E102 "embedding" needs the key "model_path"'],
  [
    'lexical-hash',
    'lexicalhash',
    '6:24 E103 provider must be one of lexical-hash, transformers, openai-compatible, ollama, tei, cohere, voyage, jina -> did you mean "lexical-hash"?',
  ],
  ['lexical-hash }', 'lexical-hash, model: x }', '6:38 E101 unknown key "model"'],
  [
    'lexical-hash }',
    'lexical-hash, dimensions: 1.5 }',
    '6:50 E103 dimensions must be a whole number from 16 to 65536',
  ],
  [
    'lexical-hash }',
    'lexical-hash, dimensions: "1,024" }',
    '6:50 E107 dimensions must be a whole number from 16 to 65536 -> write 1024',
  ],
  ['lexical-hash }', 'lexical-hash, same_as: { model: a } }', '6:38 E101 unknown key "same_as"'],
  ['handbook', 'hand/book', '7:17 E103 id must be 1 to 63'],
  ['root: ../docs', 'root:', '7:27 E103 root must be text'],
  ['root: ../docs', 'root: ../docs, include: "*.md"', '7:51 E103 include must be a list -> write ["*.md"]'],
  ['root: ../docs', 'root: ../docs, landing: sometimes', '7:51 E103 landing must be true or false'],
  ['root: ../docs', 'root: ../docs, type: jsonlines', '7:48 E103 type must be one of files, jsonl'],
  [
    'root: ../docs',
    'root: ../docs, load: { mode: incremental_cursor }',
    '7:56 E103 mode cannot be incremental_cursor -> only records have cursors',
  ],
  ['root: ../docs', 'root: ../docs, metadata: { n: .nan }', '7:57 E103 n must be a finite number'],
  ['[{ id: handbook, root: ../docs }]', '[]', '7:10 E103 sources must not be empty'],
  [
    '[{ id: handbook, root: ../docs }]',
    '[{ id: a, root: ../docs }, { id: a, root: ../docs }]',
    '7:43 E108 the source id "a" is already taken',
  ],
  ['sources', 'checks: []\nsources', '7:9 E103 checks must be a map of keys and values'],
  ['sources', 'checks: {}\nsources', '7:1 E102 "checks" needs the key "queries"'],
  ['sources', 'checks: { queries: [{ query: a }] }\nsources', '7:21 E102 the query expects nothing'],
  [
    'sources',
    'checks: { queries: [{ query: " ", contains: a }] }\nsources',
    '7:30 E103 query must hold some words',
  ],
  [
    'sources',
    'checks: { queries: [{ query: a, uris: [handbok/a.md] }] }\nsources',
    '7:40 E103 no uri begins so: "handbok" is no source of this manifest -> did you mean "handbook"?',
  ],
  [
    'sources',
    'checks: { queries: [{ query: a, uris: [a.md] }] }\nsources',
    '7:40 E103 no uri begins so: "a.md" is no source of this manifest -> write SOURCE_ID/path',
  ],
  [
    'sources',
    'checks: { queries: [{ query: a, contains: b }, { query: a, contains: c }] }\nsources',
    '7:57 E108 this query is already taken by checks.queries[0] -> give it another id',
  ],
  [
    'sources',
    'checks: { queries: [{ id: q, query: a, contains: b }, { id: q, query: c, contains: c }] }\nsources',
    '7:61 E108 the id "q" is already taken by checks.queries[0]',
  ],
  ['sources', 'policy: { keep_runs: 2 }\nsources', '7:11 E118 "keep_runs" is not supported'],
  ['sources', 'policy: { keep_previous: -1 }\nsources', '7:26 E107 keep_previous must'],
  ['sources', 'chunking: { strategy: rows }\nsources', '7:23 E103 strategy must be one of auto, markdown'],
  [
    'sources',
    'chunking: { max_chars: 900, tokenizer: o200k_base }\nsources',
    '7:13 E107 "max_chars" and "tokenizer" give sizes in two units',
  ],
  ['sources', 'chunking: { max_tokens: 900 }\nsources', '7:13 E102 sizes in tokens need the key "tokenizer"'],
  [
    'sources',
    'chunking: { tokenizer: o200k }\nsources',
    '7:24 E103 tokenizer must be o200k_base, cl100k_base or the path of a tokenizer.json',
  ],
  [
    'sources',
    'chunking: { tokenizer: ../none.json }\nsources',
    '7:24 E119 the tokenizer ../none.json does not exist',
  ],
  [
    'sources',
    'chunking: { tokenizer: o200k_base, min_tokens: 400 }\nsources',
    '7:48 E107 min_tokens (400) must not be above max_tokens (300, the default)',
  ],
  [
    'sources',
    'chunking: { tokenizer: o200k_base, max_tokens: 8 }\nsources',
    '7:48 E107 max_tokens must be a whole number from 16 to 100000',
  ],
  [
    'sources',
    'chunking: { min_chars: 2000 }\nsources',
    '7:24 E107 min_chars (2000) must not be above max_chars (1200, the default)',
  ],
  [
    'sources',
    'chunking: { overlap_chars: 200 }\nsources',
    '7:28 E107 overlap_chars must be less than min_chars (200)',
  ],
  ['sources', '"__proto__": { x: 1 }\nsources', '7:1 E101 unknown key "__proto__"'],
  ['sources', 'constructor: 1\nsources', '7:1 E101 unknown key "constructor"'],
  [
    'root: ../docs',
    'type: jsonl, path: a.yaml, key: id, text: [a], load: { mode: replay }',
    '7:88 E103 mode cannot be replay -> an index is replayed by `ingest replay BATCH`',
  ],
  [
    'root: ../docs',
    'type: jsonl, path: a.yaml, key: id, template: plain',
    '7:73 E103 template must name a field, such as {{subject}} -> write "# {{subject}}\\n\\n{{description}}"',
  ],
  [
    'root: ../docs',
    'type: http, urls: ["https://example.com/a#b"]',
    '7:46 E103 urls[0] must be an http or https URL, without credentials and fragment -> write https://docs.example.com/intro',
  ],
  [
    'root: ../docs',
    'type: jsonl, path: a.yaml, key: id',
    '7:54 E102 a record needs a text: "text" or "template"',
  ],
  [
    'root: ../docs',
    'type: jsonl, path: a.yaml, key: id, text: [a], load: { mode: incremental_cursor, cursor_field: at, cursor_type: timestamp, lateness: 2 }',
    '7:160 E103 the lateness of a timestamp is a duration -> write for example 2h',
  ],
  ['sources', 'kind: Index\nsources', '7:1 E100 this key is written twice'],
  ['sources', 'policy: !js {}\nsources', '7:9 E100 this tag is not known'],
  ['sources', 'policy: *none\nsources', '7:9 E100 this alias has no anchor before it'],
  ['sources', 'policy: &p { x: *p }\nsources', '7:17 E116 aliases expand too far'],
  ['sources', '? [a]\n: 1\nsources', '7:3 E100 a key must be text'],
  ['sources', '<<: { a: 1 }\nsources', '7:1 E101 unknown key "<<"'],
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
  ['../docs', '"../${A B}"', '7:37 E110 this is no variable'],
  ['../docs', '"${A-b}"', '7:34 E110 this is no variable'],
  ['../docs', '"x${A"', '7:35 E110 this is no variable'],
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the manifest's own syntax
])('%s written as %j: %s', async (from, to, expected) => {
  const faults = await faultsOf(MINIMAL.replace(from, to));
  expect(faults, faults.join('|')).toHaveLength(1);
  expect(faults[0]?.slice(0, expected.length)).toBe(expected);
});

test('a missing key is told at what misses it', async () => {
  expect(await faultsOf(MINIMAL.replace('sources', '#'))).toEqual([
    '1:1 E102 the manifest needs the key "sources" -> add sources: [{ id: handbook, root: ../docs }]',
  ]);
});

test('an alias bomb is refused quickly', async () => {
  const levels = Array.from({ length: 20 }, (_, i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);
  const bomb = `x:\n  a0: &a0 [lol]\n${levels.join('\n')}\n${MINIMAL}`;
  expect((await faultsOf(bomb)).map((fault) => fault.split(' ')[1])).toEqual(['E116']);
});

test('an alias is judged where it is used', async () => {
  const yaml = MINIMAL.replace(
    'manifest_id: support-docs',
    'manifest_id: support-docs, owner: &o "10%"',
  ).concat('policy: { deletes: { max_ratio: *o } }\n');
  expect(await faultsOf(yaml)).toEqual(['8:33 E107 max_ratio must be a number from 0 to 1 -> write 0.1']);
});

test('absurd nesting is a fault, not a crash', async () => {
  const faults = await faultsOf(`${MINIMAL}policy: ${'['.repeat(20_000)}`);
  expect(faults.length).toBeGreaterThan(0);
  expect((await faultsOf(`${MINIMAL}policy: ${'['.repeat(150)}${']'.repeat(150)}`))[0]).toMatch(
    /E100 it is nested too deeply/,
  );
});

test('a line longer than the terminal is cut around the fault', async () => {
  const cwd = await workspace({
    'desired/a.yaml': MINIMAL.replace(
      'root: ../docs',
      `include: [${'"文档/**", '.repeat(40)}], root: ../docs, rot: 1`,
    ),
  });
  const faults = await faultsIn(options(cwd));
  const lines = [...renderFaults(new ManifestFaults(faults, 1, 1), { style: plainStyle, width: 80 })];
  expect(lines[1]).toMatch(/^ {3}7 \| \.\.\..*rot: 1 \}\]$/);
  expect(lines[1]?.indexOf('rot')).toBeGreaterThan(7);
  expect(lines[2]).toMatch(/^ {5}\| +\^\^\^ did you mean "root"\?/);
});

/** The settings beside provider and model, what the fault points at, and what it says. */
test.each([
  [
    'dimensions: 512, same_as: { dimensions: 256 }',
    '256',
    'E103 same_as has 256 dimensions, and this model 512',
  ],
  ['same_as: { model: new }', '{ model: new }', 'E103 same_as names this very model'],
  ['revision: a, same_as: { revision: a }', '{ revision: a }', 'E103 same_as names this very model'],
  ['same_as: {}', '{}', 'E103 same_as must'],
  ['same_as: old', 'old', 'E103 same_as must be a map'],
  ['same_as: { modell: old }', 'modell', 'E101 unknown key "modell" -> did you mean "model"?'],
  ['same_as: { provider: lexical-hash }', 'lexical-hash', 'E103 provider must be one of'],
  ['same_as: { base_url: http://h }', 'base_url', 'E101 unknown key "base_url"'],
  ['requests_per_minute: 0', '0', 'E107 requests_per_minute must be a whole number from 1'],
  ['tokens_per_minute: 1.5', '1.5', 'E103 tokens_per_minute must be a whole number from 1'],
  ['max_concurrency: 65', '65', 'E107 max_concurrency must be a whole number from 1 to 64'],
])('embedding with %s', async (settings, at, expected) => {
  const line = `embedding: { provider: jina, model: new, ${settings} }`;
  const faults = await faultsOf(MINIMAL.replace('embedding: { provider: lexical-hash }', line));
  const column = line.lastIndexOf(at) + 1;
  expect(faults).toEqual([expect.stringContaining(`6:${column} ${expected}`)]);
});

test.each([
  'same_as: { model: old }',
  'revision: r2, dimensions: 8, same_as: { provider: ollama, model: old, revision: null, dimensions: 8 }',
  'same_as: { dimensions: 512 }',
  'requests_per_minute: 500, tokens_per_minute: 1000000, max_concurrency: 2',
])('embedding with %s is in order', async (settings) => {
  const line = `embedding: { provider: jina, model: new, ${settings} }`;
  expect(await faultsOf(MINIMAL.replace('embedding: { provider: lexical-hash }', line))).toEqual([]);
});

test.each([
  ['model: m', 'embedding', 'E102 "embedding" needs the key "model_path"'],
  ['model: m, allow_download: false', 'embedding', 'E102 "embedding" needs the key "model_path"'],
  ['model_path: ../docs', 'embedding', 'E102 "embedding" needs the key "model"'],
  ['model: m, model_path: ../models', '../models', 'E306 there is no folder ../models/m'],
  ['model: ../m, allow_download: true', '../m', 'E103 model must be a name such as'],
  ['model: m, allow_download: true, dtype: fp8', 'fp8', 'E103 dtype must be one of fp32, fp16'],
  ['model: m, allow_download: true, pooling: max', 'max', 'E103 pooling must be one of mean, cls, last'],
  ['model: m, allow_download: true, revision: ../x', '../x', 'E103 revision must be a commit'],
  [
    'model: m, allow_download: true, same_as: { model: n }',
    'same_as',
    'E102 "same_as" needs the key "provider"',
  ],
  ['model: m, allow_download: true, dimensions: 8', 'dimensions', 'E101 unknown key "dimensions"'],
])('a local model with %s', async (settings, at, expected) => {
  const line = `embedding: { provider: transformers, ${settings} }`;
  const faults = await faultsOf(MINIMAL.replace('embedding: { provider: lexical-hash }', line));
  expect(faults).toEqual([expect.stringContaining(`6:${line.lastIndexOf(at) + 1} ${expected}`)]);
});

test('a local model comes from a folder or from a download', async () => {
  const line =
    'embedding: { provider: transformers, model: docs, model_path: .., allow_download: true, revision: r }';
  const faults = await faultsOf(MINIMAL.replace('embedding: { provider: lexical-hash }', line));
  expect(faults).toEqual([
    expect.stringContaining('E103 "allow_download" is about a download, and model_path names a folder'),
    expect.stringContaining('E103 "revision" is about a download, and model_path names a folder'),
  ]);
});
