/** What the build makes of our own schemas finds the same faults as the compiler does at run time. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CompiledSchema, precompiledSchema, schemaAsSource } from '../../src/platform/json-schema.js';
import {
  compileOptionsOf,
  OWN_SCHEMAS,
  type OwnSchemaName,
  ownSchema,
  readOwnSchema,
} from '../../src/platform/own-schemas.js';
import { parseYaml } from '../../src/platform/yaml.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = Object.keys(OWN_SCHEMAS) as readonly OwnSchemaName[];
let folder: string;

/** Modules of the build are CommonJS and ask for ajv's small run time, as they do in dist/. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingest-schemas-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function precompiled(name: OwnSchemaName): Promise<CompiledSchema> {
  const schema = await readOwnSchema(name);
  const file = join(folder, `${name}.cjs`);
  writeFileSync(file, await schemaAsSource(schema, compileOptionsOf(name)));
  return precompiledSchema(createRequire(file)(file), schema);
}

/** Every fixture, every golden plan and each of its changes, and what is no object at all. */
function values(): unknown[] {
  const below = (at: string): string[] =>
    readdirSync(join(ROOT, at), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ya?ml|json)$/.test(file))
      .map((file) => readFileSync(join(ROOT, at, file), 'utf8'));
  const documents = [
    ...below('test/contract/fixtures'),
    ...below('test/golden'),
    ...below('desired'),
  ].flatMap((text) => parseYaml(text).map(({ value }) => value));
  return [...documents, ...documents.flatMap(changesIn), null, 7, [], 'text', {}];
}

function changesIn(value: unknown): unknown[] {
  const indexes = (value as { readonly indexes?: unknown } | null)?.indexes;
  if (!Array.isArray(indexes)) return [];
  return indexes.flatMap((index) => (index as { readonly changes?: unknown[] }).changes ?? []);
}

test.each(NAMES)('%s: the same verdicts, places, rules and annotations', async (name) => {
  const [ahead, now] = [await precompiled(name), await ownSchema(name)];
  const verdicts = values().map((value) => [ahead.validate(value), now.validate(value)] as const);
  expect(verdicts.map(([one]) => one)).toEqual(verdicts.map(([, other]) => other));
  expect(verdicts.some(([faults]) => faults.length === 0)).toBe(true);
  expect(verdicts.filter(([faults]) => faults.length > 0).length).toBeGreaterThan(20);
});
