/** The published schema is the one that validates; it lies beside both src/ and dist/. */
import { readFile } from 'node:fs/promises';
import { type CompiledSchema, compileSchema } from '../platform/json-schema.js';

let compiled: Promise<CompiledSchema> | undefined;

/** Compiled once in a process: the file is part of the program. */
export function manifestSchema(): Promise<CompiledSchema> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<CompiledSchema> {
  const file = new URL('../../contracts/manifest.schema.json', import.meta.url);
  return compileSchema(JSON.parse(await readFile(file, 'utf8')), {
    vocabulary: ['x-later', 'x-instead', 'patternErrorMessage'],
    trusted: true,
  });
}
