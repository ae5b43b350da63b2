/**
 * The published schemas that validate what is read. They lie in contracts/, beside both src/ and dist/. The build
 * compiles them (contracts/precompile.mjs), for compiling takes a fifth of a second of every start; from src/, as
 * tests run, each is compiled when it is first asked for. A test holds both ways against each other.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  type Check,
  type CompiledSchema,
  type CompileOptions,
  compileSchema,
  precompiledSchema,
} from './json-schema.js';

interface OwnSchema {
  /** In contracts/. */
  readonly file: string;
  /** One of its `$defs`, where not the whole of it is meant. */
  readonly part?: string;
  readonly vocabulary?: readonly string[];
}

/** By the names that the build gives to what it writes into dist/contracts/. */
export const OWN_SCHEMAS = {
  manifest: {
    file: 'manifest.schema.json',
    vocabulary: ['x-later', 'x-instead', 'patternErrorMessage'],
  },
  plan: { file: 'plan.schema.json' },
  'plan-change': { file: 'plan.schema.json', part: 'change' },
  'source-manifest': { file: 'source_manifest_v1.schema.json', vocabulary: ['patternErrorMessage'] },
} as const satisfies Readonly<Record<string, OwnSchema>>;

export type OwnSchemaName = keyof typeof OWN_SCHEMAS;

const compiled = new Map<OwnSchemaName, Promise<CompiledSchema>>();

/** Compiled or loaded once in a process: the files are parts of the program. */
export function ownSchema(name: OwnSchemaName): Promise<CompiledSchema> {
  const known = compiled.get(name) ?? load(name);
  compiled.set(name, known);
  return known;
}

/** As it was published, for who wants to know what it lists. */
export async function readOwnSchema(name: OwnSchemaName): Promise<Readonly<Record<string, unknown>>> {
  const { file, part }: OwnSchema = OWN_SCHEMAS[name];
  const schema = JSON.parse(await readFile(new URL(`../../contracts/${file}`, import.meta.url), 'utf8'));
  return part === undefined ? schema : { $defs: schema.$defs, $ref: `#/$defs/${part}` };
}

export function compileOptionsOf(name: OwnSchemaName): CompileOptions {
  const { vocabulary = [] }: OwnSchema = OWN_SCHEMAS[name];
  return { vocabulary, trusted: true };
}

async function load(name: OwnSchemaName): Promise<CompiledSchema> {
  const schema = await readOwnSchema(name);
  if (import.meta.url.endsWith('.ts')) return compileSchema(schema, compileOptionsOf(name));
  const require = createRequire(import.meta.url);
  return precompiledSchema(require(`../contracts/${name}.cjs`) as Check, schema);
}
