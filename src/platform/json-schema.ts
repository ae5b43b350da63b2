/**
 * The only importer of ajv, which is loaded when the first schema is compiled. JSON Schema 2020-12, or
 * draft-07 when `$schema` says so; formats are checked; remote references are never fetched.
 */

import type { Ajv, CodeOptions, ErrorObject } from 'ajv';
import { runBounded } from './run-bounded.js';

/** One violation. `rule` is the schema object that holds the keyword, for annotations beside it. */
export interface SchemaFault {
  /** JSON Pointer to the value; empty for the root. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly rule: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

export interface CompiledSchema {
  /** Every violation, not only the first. */
  validate(value: unknown): readonly SchemaFault[];
  /** `$schema` was written without the final `/schema`, as some course contracts have it; read as 2020-12. */
  readonly shortSchemaUri: boolean;
  /** What the compiler noticed without refusing, such as keywords that it does not know. */
  readonly notes: readonly string[];
}

export interface CompileOptions {
  /** Annotation keywords to accept in silence. */
  readonly vocabulary?: readonly string[];
  /** One of our own, which a test holds against its meta-schema: a start of the program need not. */
  readonly trusted?: boolean;
}

/** The schema itself is wrong: not a schema, an unknown draft or format, or a remote reference. */
export class SchemaError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SchemaError';
  }
}

const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';
const SPELLINGS_2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const SHORT_2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/?#?$/;
const SPELLINGS_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** @throws SchemaError */
export async function compileSchema(schema: unknown, options: CompileOptions = {}): Promise<CompiledSchema> {
  if (typeof schema !== 'boolean' && !isObject(schema)) {
    throw new SchemaError('a schema is an object (or true, or false)');
  }
  const dialect = dialectOf(schema);
  const notes: string[] = [];
  const ajv = await createAjv(dialect, options, notes);
  return {
    shortSchemaUri: dialect.short,
    notes,
    validate: validateBy(compileBy(ajv, schema, dialect), schema),
  };
}

/** What the build writes of one of our own schemas: a CommonJS module that needs no compiler. */
export async function schemaAsSource(schema: unknown, options: CompileOptions): Promise<string> {
  if (!isObject(schema)) throw new SchemaError('a schema is an object');
  const dialect = dialectOf(schema);
  const ajv = await createAjv(dialect, options, [], { source: true });
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  return standalone.default(ajv, compileBy(ajv, schema, dialect));
}

/** `check` is what a module of `schemaAsSource` exports. */
export function precompiledSchema(check: Check, schema: unknown): CompiledSchema {
  return { shortSchemaUri: false, notes: [], validate: validateBy(check, schema) };
}

/** Ajv's function, made here or at build time. It leaves what it found on itself. */
export interface Check {
  (value: unknown): boolean;
  errors?: null | readonly ErrorObject[];
}

async function createAjv(
  dialect: Dialect,
  options: CompileOptions,
  notes: string[],
  code: CodeOptions = {},
): Promise<Ajv> {
  const note = (...parts: unknown[]): void => {
    notes.push(parts.map(String).join(' '));
  };
  const settings = {
    allErrors: true,
    verbose: true,
    ownProperties: true,
    strict: false,
    strictSchema: 'log',
    allowMatchingProperties: true,
    ...(options.trusted === true ? { validateSchema: false, meta: false } : {}),
    logger: { log: note, warn: note, error: note },
    code,
  } as const;
  const [core, formats] = await Promise.all([
    dialect.draft === '07' ? import('ajv') : import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ]);
  const ajv = 'Ajv2020' in core ? new core.Ajv2020(settings) : new core.Ajv(settings);
  formats.default.default(ajv);
  for (const keyword of options.vocabulary ?? []) ajv.addKeyword({ keyword });
  return ajv;
}

/** @throws SchemaError */
function compileBy(ajv: Ajv, schema: boolean | Readonly<Record<string, unknown>>, dialect: Dialect) {
  let check: ReturnType<Ajv['compile']>;
  try {
    check = ajv.compile(typeof schema === 'boolean' ? schema : { ...schema, $schema: dialect.uri });
  } catch (error) {
    throw new SchemaError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (check instanceof Promise || '$async' in check)
    throw new SchemaError('$async schemas are not supported');
  return check;
}

function validateBy(check: Check, schema: unknown): CompiledSchema['validate'] {
  const bounded = /"(?:pattern|patternProperties|\$ref|\$dynamicRef|\$recursiveRef)"/.test(
    JSON.stringify(schema),
  );
  return (value) => {
    const done = bounded ? runBounded(() => check(value), MAX_CHECK_MS) : { value: check(value) };
    if (done === undefined) return [UNCHECKED];
    if (done.value) return [];
    return (check.errors ?? [])
      .filter((error) => error.propertyName === undefined && error.keyword !== 'if')
      .map((error) => ({
        instancePath: error.instancePath,
        keyword: error.keyword,
        message: error.message ?? error.keyword,
        params: error.params as Readonly<Record<string, unknown>>,
        rule: isObject(error.parentSchema) ? error.parentSchema : {},
        value: error.data,
      }));
  };
}

/** A value that one pattern may take for ever, or references that never end. Ordinary ones take microseconds. */
const MAX_CHECK_MS = 2000;
const UNCHECKED: SchemaFault = {
  instancePath: '',
  keyword: 'unchecked',
  message: 'cannot be checked: a pattern of the schema takes too long, or its references never end',
  params: {},
  rule: {},
  value: undefined,
};

interface Dialect {
  readonly draft: '2020' | '07';
  readonly uri: string;
  readonly short: boolean;
}

function dialectOf(schema: boolean | Readonly<Record<string, unknown>>): Dialect {
  const uri = typeof schema === 'boolean' ? undefined : schema['$schema'];
  if (uri === undefined) return { draft: '2020', uri: DRAFT_2020, short: false };
  if (typeof uri !== 'string') throw new SchemaError('$schema must be text');
  if (SPELLINGS_2020.test(uri)) return { draft: '2020', uri: DRAFT_2020, short: false };
  if (SHORT_2020.test(uri)) return { draft: '2020', uri: DRAFT_2020, short: true };
  if (SPELLINGS_07.test(uri)) {
    return { draft: '07', uri: 'http://json-schema.org/draft-07/schema#', short: false };
  }
  throw new SchemaError(`$schema "${uri}" is not supported; 2020-12 and draft-07 are`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
