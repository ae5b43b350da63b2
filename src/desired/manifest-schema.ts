/** The published schema is the one that validates; it lies beside both src/ and dist/. */
import { readFile } from 'node:fs/promises';
import { type CompiledSchema, compileSchema } from '../platform/json-schema.js';

let compiled: Promise<CompiledSchema> | undefined;

/** Compiled once in a process: the file is part of the program. */
export function manifestSchema(): Promise<CompiledSchema> {
  compiled ??= compile();
  return compiled;
}

/** Types of sources that this version reads. */
export async function sourceTypes(): Promise<ReadonlySet<string>> {
  const schema = (await readSchema()) as {
    readonly $defs: {
      readonly source: { readonly properties: { readonly type: { readonly enum: string[] } } };
    };
  };
  return new Set(schema.$defs.source.properties.type.enum);
}

async function readSchema(): Promise<unknown> {
  const file = new URL('../../contracts/manifest.schema.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8'));
}

async function compile(): Promise<CompiledSchema> {
  return compileSchema(await readSchema(), {
    vocabulary: ['x-later', 'x-instead', 'patternErrorMessage'],
    trusted: true,
  });
}
