/**
 * Everything that reads what somebody else wrote, each with inputs to start from. A new reader (records of CSV or JSON
 * lines, say) is fuzzed by one more entry here.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { charParams } from '../../../src/chunking/chunk-params.js';
import { CHUNKERS } from '../../../src/chunking/chunkers.js';
import { loadGrammar } from '../../../src/chunking/code/grammars.js';
import { loadDesired } from '../../../src/desired/load-desired.js';
import type { Plan } from '../../../src/domain/plan.js';
import type { Gate } from '../../../src/domain/ports/gate.js';
import { FULL_SNAPSHOT } from '../../../src/domain/source-spec.js';
import { ProviderError } from '../../../src/embedding/provider-error.js';
import { indexedVectors } from '../../../src/embedding/providers/read-vectors.js';
import { flattenMetadata } from '../../../src/gate/flatten-metadata.js';
import { loadGate } from '../../../src/gate/gate.js';
import { readIdentity } from '../../../src/live/collection-identity.js';
import { loadPlan } from '../../../src/plan/saved/load-plan.js';
import { parseYaml } from '../../../src/platform/yaml.js';
import { planJson } from '../../../src/report/plan-json.js';
import { renderPlan } from '../../../src/report/render-plan.js';
import { plainStyle } from '../../../src/report/style.js';
import { decodeText } from '../../../src/sources/parsing/decode-text.js';
import { parseDocument } from '../../../src/sources/parsing/parse-document.js';
import { parseMarkdown } from '../../../src/sources/parsing/parse-markdown.js';
import { parserNamed } from '../../../src/sources/parsing/parsers.js';
import { change, planOf as planFixture } from '../../unit/plan/changes.js';
import { anyJson, ESCAPES, KEYS, mutated } from './hostile.js';

export interface Target {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Uint8Array>;
  /** Reads it as the program does. Throws only what explains itself. */
  read(input: Uint8Array, folder: string): Promise<void> | void;
}

const bytes = fc.uint8Array({ maxLength: 300 });
const utf8 = (text: string): Uint8Array => Buffer.from(text);
const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value) ?? 'undefined');

/** The text cut off, with bytes put in, or with lines doubled, as editors and merges leave it. */
function damaged(text: string): fc.Arbitrary<Uint8Array> {
  const start = utf8(text);
  const pieces = fc.oneof(
    bytes.map((some) => Buffer.from(some)),
    fc
      .constantFrom(
        ...ESCAPES,
        ...KEYS,
        '&a [*a]',
        '<<: *a',
        '{',
        '- ',
        '\t',
        '"',
        '!!js/function x',
        '%YAML 9',
        '---\n',
      )
      .map((some) => Buffer.from(some)),
  );
  return fc
    .array(fc.record({ at: fc.nat(start.length), cut: fc.nat(20), piece: pieces }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((edits) =>
      edits.reduce<Buffer>(
        (now, { at, cut, piece }) =>
          Buffer.concat([now.subarray(0, at), piece, now.subarray(Math.min(now.length, at + cut))]),
        Buffer.from(start),
      ),
    );
}

/** A YAML text of any JSON: flow style is JSON. */
const anyYaml = anyJson.map(json);

const EVERYTHING = readFileSync(
  new URL('../../contract/fixtures/manifest/pass/everything.yaml', import.meta.url),
  'utf8',
);
const MANIFEST = parseYaml(EVERYTHING)[0]?.value;

const FRONT =
  '---\ntitle: One\ntags: [a, b]\nnested: { owner: me, level: 3 }\nwhen: 2026-01-01\n---\n# One\n\nText.\n';

const CONTRACT = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['title'],
  properties: {
    title: { type: 'string', pattern: '^[A-Z]' },
    tags: { type: 'array', items: { type: 'string' } },
  },
  $defs: { tree: { properties: { child: { $ref: '#/$defs/tree' } } } },
};

const PLAN = planFixture([change({ uri: 'h/a.md' }), change({ uri: 'h/b.md', action: 'update' })]);
const PLAN_TEXT = [...planJson(PLAN)].join('\n');

function render(plan: Plan): void {
  for (const line of renderPlan(plan, { style: plainStyle, width: 80, verbose: true, next: 'x' })) void line;
  for (const line of planJson(plan)) void line;
}

async function readPlan(input: Uint8Array, folder: string, name: string): Promise<void> {
  const file = join(folder, name);
  writeFileSync(file, input);
  const plan = await loadPlan(file);
  try {
    render(plan);
  } finally {
    plan.close();
  }
}

const TABLE = `name,price,note
A,1,"says ""hi""
and more"
B,2,

C,3,x
`;

const CODE = [
  [
    'javascript',
    '/** A. */\nexport class A {\n  b() {\n    return `x`;\n  }\n}\nfunction c() {\n  /re/;\n}\n',
  ],
  ['tsx', 'export function V<T>(): T {\n  return <p a="1">{x}</p>;\n}\n'],
  ['python', '@a\ndef f(x):\n    """d"""\n    return x\n\nclass A:\n  def g(self):\n    pass\n'],
  ['rust', "#[a]\nimpl<'a> T for S {\n  fn f(&self) -> u8 {\n    1\n  }\n}\n"],
  ['go', 'package a\n\nfunc (s *S) M() {\n\tx := `y`\n}\n'],
  ['php', '<p>\n<?php\nclass C {\n  function f() {\n  }\n}\n?>\n'],
  ['cpp', 'template <class T>\nclass A {\n  int f() {\n    return 1;\n  }\n};\n#define X\n'],
  ['java', 'class A {\n  @B\n  void f() {\n  }\n}\n'],
  ['ruby', 'def a\n  1\n\n  2\nend\n'],
] as const;

/** Read, and cut small. */
async function readAndCut(input: Uint8Array, parser: string, path: string): Promise<void> {
  const read = await parseDocument(Buffer.from(input), parser, path);
  if (read.kind !== 'text') return;
  const params = charParams({ max_chars: 80, min_chars: 10, overlap_chars: 5 });
  const { strategy } = parserNamed(parser);
  const chunks = CHUNKERS[strategy].chunk(read.parsed.text, params, await loadGrammar(parser));
  for (const chunk of chunks) {
    if (!chunk.text.isWellFormed() || chunk.first_line > chunk.last_line)
      throw new TypeError('a broken chunk');
  }
}

export const TARGETS: readonly Target[] = [
  {
    name: 'a manifest',
    inputs: fc.oneof(bytes, damaged(EVERYTHING), anyYaml, mutated(MANIFEST).map(json)),
    read: async (input, folder) => {
      mkdirSync(join(folder, 'desired'), { recursive: true });
      writeFileSync(join(folder, 'desired', 'docs.yaml'), input);
      const env = { CHROMA_URL: 'http://localhost:8000', OPENAI_API_KEY: 'key' };
      await loadDesired({ paths: ['desired'], environment: undefined, env, cwd: folder });
    },
  },
  {
    name: 'a document with front matter',
    inputs: fc.oneof(
      bytes,
      damaged(FRONT),
      anyYaml.map((yaml) => Buffer.concat([utf8('---\n'), yaml, utf8('\n---\nx')])),
    ),
    read: (input) => {
      const decoded = decodeText(Buffer.from(input));
      if (decoded.kind === 'reject') return;
      const { metadata } = parseMarkdown(decoded.text);
      flattenMetadata(metadata);
    },
  },
  {
    name: 'a JSON document',
    inputs: fc.oneof(
      bytes,
      damaged(JSON.stringify(CONTRACT)),
      anyYaml,
      damaged(`{"long":"${'x'.repeat(1_200)}","a":[1,{"b":null}]}`),
    ),
    read: (input) => readAndCut(input, 'json', 'a.json'),
  },
  {
    name: 'a table',
    inputs: fc.oneof(
      bytes,
      damaged(TABLE),
      damaged(TABLE.replaceAll(',', '\t')),
      fc.string({ unit: fc.constantFrom(',', '"', '\n', ';', '\t', 'a', ' ', '\r') }).map(utf8),
    ),
    read: (input) => readAndCut(input, 'csv', 'a.csv'),
  },
  ...CODE.map(
    ([language, text]): Target => ({
      name: `${language} code`,
      inputs: fc.oneof(bytes, damaged(text)),
      read: (input) => readAndCut(input, language, 'a'),
    }),
  ),
  {
    name: 'a contract',
    inputs: fc.oneof(damaged(JSON.stringify(CONTRACT)), anyYaml, mutated(CONTRACT).map(json)),
    read: async (input, folder) => {
      const contract = join(folder, 'contract.json');
      writeFileSync(contract, input);
      const gate = await gateOf(contract);
      gate.judge({ metadata: { title: 'one', tags: ['a', 1], child: { child: {} } }, text: '' });
    },
  },
  {
    name: 'a saved plan',
    inputs: fc.oneof(bytes, damaged(PLAN_TEXT), mutated(JSON.parse(PLAN_TEXT)).map(json), anyYaml),
    read: (input, folder) => readPlan(input, folder, 'a.plan'),
  },
  {
    name: 'a compressed plan',
    inputs: fc.oneof(
      bytes,
      mutated(JSON.parse(PLAN_TEXT)).map((plan) => gzipSync(json(plan))),
      fc.nat(400).map((length) => gzipSync(PLAN_TEXT).subarray(0, length)),
    ),
    read: (input, folder) => readPlan(input, folder, 'a.plan.gz'),
  },
  {
    name: "an embedding provider's answer",
    inputs: fc.oneof(
      bytes,
      anyYaml,
      mutated({
        data: [
          { index: 0, embedding: [1, 2] },
          { index: 1, embedding: [3, 4] },
        ],
      }).map(json),
    ),
    read: (input) => {
      try {
        indexedVectors(Buffer.from(input).toString(), 2, true);
      } catch (error) {
        // Named further up, where it is known whether other texts fared better.
        if (!(error instanceof ProviderError)) throw error;
      }
    },
  },
  {
    name: "a collection's metadata",
    inputs: mutated({
      ingest_lineage: 'l',
      ingest_manifests: '["a"]',
      ingest_protected: '[]',
      ingest_role: 'live',
      ingest_generation: 1,
      ingest_vector_recipe: 'r',
    }).map(json),
    read: (input) => {
      const metadata: unknown = JSON.parse(Buffer.from(input).toString());
      if (typeof metadata === 'object' && metadata !== null)
        readIdentity(metadata as Record<string, unknown>);
    },
  },
];

/** Of a source with this contract, and no policy of its own. */
export function gateOf(contract: string): Promise<Gate> {
  const root = dirname(contract);
  const source = { id: 'h', type: 'files', root, include: [], exclude: [], contract, metadata: {} } as const;
  return loadGate({ ...source, load: FULL_SNAPSHOT }, { on_reject: 'keep' });
}

export function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-fuzz-'));
  return use(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}
