/** contracts/manifest.schema.json is what validates at run time; what it says must be what the code does. */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/desired/defaults.js';
import type { ChunkingSpec } from '../../src/domain/chunking-spec.js';
import type { EmbeddingSpec } from '../../src/domain/embedding-spec.js';
import type { PolicySpec, Space } from '../../src/domain/manifest.js';
import type { SourceSpec } from '../../src/domain/source-spec.js';
import { type CompiledSchema, compileSchema } from '../../src/platform/json-schema.js';
import { parseYaml } from '../../src/platform/yaml.js';

type Json = Readonly<Record<string, unknown>>;
let schema: Json;
let compiled: CompiledSchema;

beforeAll(async () => {
  schema = JSON.parse(
    await readFile(new URL('../../contracts/manifest.schema.json', import.meta.url), 'utf8'),
  );
  compiled = await compileSchema(schema, { vocabulary: ['x-later', 'x-instead', 'patternErrorMessage'] });
});

function at(path: string): Json {
  let found: unknown = schema;
  for (const step of path.split('/')) found = (found as Json)[step];
  return found as Json;
}

function defaultsBelow(path: string): Json {
  const properties = at(`${path}/properties`);
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, property]) => Object.hasOwn(property as Json, 'default'))
      .map(([name, property]) => [name, (property as Json)['default']]),
  );
}

/** Exhaustive by type: a union that grows or shrinks does not compile. */
const names = <T extends string>(all: Record<T, true>): string[] => Object.keys(all).sort();

test('the schema compiles without a note, so every keyword in it means something', () => {
  expect(compiled.notes).toEqual([]);
});

test('defaults in the schema are the defaults of the code', () => {
  expect(defaultsBelow('$defs/chunking')).toEqual(DEFAULTS.chunking);
  const { deletes, ...policy } = DEFAULTS.policy;
  expect(defaultsBelow('$defs/policy')).toEqual(policy);
  expect(defaultsBelow('$defs/policy/properties/deletes')).toEqual(deletes);
  expect(defaultsBelow('$defs/policy/properties/gate')).toEqual(DEFAULTS.gate);
  const { thresholds, ...checks } = DEFAULTS.checks;
  expect(defaultsBelow('$defs/checks')).toEqual(checks);
  expect(defaultsBelow('$defs/checks/properties/thresholds')).toEqual(thresholds);
  expect(defaultsBelow('$defs/httpEmbedding')).toEqual(DEFAULTS.embedding);
  expect(defaultsBelow('$defs/transformers')).toEqual({ ...DEFAULTS.transformers, allow_download: false });
  expect(defaultsBelow('$defs/lexicalHash')).toEqual({ dimensions: DEFAULTS.lexicalHash.dimensions });
  expect(defaultsBelow('$defs/chroma')).toEqual({
    tenant: DEFAULTS.tenant,
    database: DEFAULTS.database,
    space: DEFAULTS.space,
    timeout_ms: DEFAULTS.connection.timeout_ms,
  });
  expect(defaultsBelow('$defs/retries')).toEqual(DEFAULTS.connection.retries);
  expect(defaultsBelow('$defs/source')).toMatchObject({ type: 'files' });
  expect(defaultsBelow('$defs/transcriptSource/properties/fields')).toEqual(DEFAULTS.transcript.fields);
  expect(defaultsBelow('$defs/httpSource')).toMatchObject({ ...DEFAULTS.remoteSource, ...DEFAULTS.http });
  expect(defaultsBelow('$defs/s3Source')).toMatchObject(DEFAULTS.remoteSource);
  expect(defaultsBelow('$defs/transcriptSource')).toMatchObject({
    time_unit: DEFAULTS.transcript.time_unit,
  });
  for (const type of [
    'filesSource',
    'transcriptSource',
    'jsonlSource',
    'csvSource',
    'sqliteSource',
    'postgresSource',
    's3Source',
    'httpSource',
  ]) {
    expect(defaultsBelow(`$defs/${type}`)).toMatchObject({ metadata: {} });
  }
  expect(defaultsBelow('$defs/csvSource')).toMatchObject(DEFAULTS.csv);
  expect(defaultsBelow('$defs/postgresSource')).toMatchObject(DEFAULTS.postgres);
});

test('choices in the schema are the choices of the code', () => {
  const choices = (path: string) => [...(at(path)['enum'] as string[])].sort();
  expect(choices('$defs/chroma/properties/space')).toEqual(
    names<Space>({ cosine: true, l2: true, ip: true }),
  );
  expect(choices('$defs/chunking/properties/strategy')).toEqual(
    names<ChunkingSpec['strategy']>({ auto: true, markdown: true, text: true, code: true, whole: true }),
  );
  expect(choices('$defs/embedding/properties/provider')).toEqual(
    names<EmbeddingSpec['provider']>({
      'lexical-hash': true,
      transformers: true,
      'openai-compatible': true,
      ollama: true,
      tei: true,
      cohere: true,
      voyage: true,
      jina: true,
    }),
  );
  expect(choices('$defs/source/properties/type')).toEqual(
    names<SourceSpec['type']>({
      files: true,
      jsonl: true,
      transcript: true,
      csv: true,
      sqlite: true,
      postgres: true,
      s3: true,
      http: true,
    }),
  );
  expect(choices('$defs/policy/properties/on_reject')).toEqual(
    names<PolicySpec['on_reject']>({ keep: true, delete: true }),
  );
});

test('every example in the schema satisfies the rule that it illustrates', async () => {
  const rules: Record<string, Json> = {};
  const cases: [string, unknown][] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { examples, $id, $schema, $defs, ...rule } = node as Json;
    if (Array.isArray(examples)) {
      rules[path] = rule;
      for (const example of examples) cases.push([path, example]);
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'examples') visit(child, `${path}/${key}`);
  };
  visit(schema, '');
  expect(cases.length).toBeGreaterThan(20);
  const all = await compileSchema(
    { properties: rules, $defs: schema['$defs'] },
    { vocabulary: ['x-later', 'x-instead', 'patternErrorMessage'] },
  );
  for (const [path, example] of cases) expect(all.validate({ [path]: example }), path).toEqual([]);
});

const fixtures = new URL('fixtures/manifest/', import.meta.url);
const load = async (kind: string) =>
  Promise.all(
    (await readdir(new URL(`${kind}/`, fixtures))).sort().map(async (name) => {
      const text = await readFile(new URL(`${kind}/${name}`, fixtures), 'utf8');
      return { name, text, value: parseYaml(text)[0]?.value };
    }),
  );

test('fixtures that pass, pass', async () => {
  const found = await load('pass');
  expect(found.length).toBeGreaterThanOrEqual(2);
  for (const { name, value } of found) expect(compiled.validate(value), name).toEqual([]);
});

test('fixtures that fail, fail where their first line says', async () => {
  const found = await load('fail');
  expect(found.length).toBeGreaterThanOrEqual(5);
  for (const { name, text, value } of found) {
    const [pointer, keyword] = (/^# (\S+) (\S+)/.exec(text) ?? expect.fail(name)).slice(1);
    const faults = compiled.validate(value).map((fault) => [fault.instancePath || '/', fault.keyword]);
    expect(faults, name).toContainEqual([pointer, keyword]);
  }
});
