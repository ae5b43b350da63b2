/** A contract as it lies in its file: read, checked to be a usable JSON Schema, compiled once in a process. */
import { readFile } from 'node:fs/promises';
import { IngestError } from '../domain/errors.js';
import { sha256Hex } from '../domain/hashing.js';
import { normaliseText } from '../domain/text.js';
import type { Warning } from '../domain/warning.js';
import { type CompiledSchema, compileSchema, SchemaError } from '../platform/json-schema.js';
import { FIELD_KEYWORD, TEXT_KEYWORD } from './pii/field-rules.js';
import { type DeclaredFields, declaredFields } from './rules/declared-fields.js';

export interface Contract {
  readonly file: string;
  readonly sha256: string;
  /** Normalised, so that a check-out with CRLF is the same contract. */
  readonly text: string;
  readonly schema: CompiledSchema;
  readonly fields: DeclaredFields;
  readonly warnings: readonly Warning[];
}

/** By the hash of their text: sources that share a contract share what was compiled of it. */
const compiled = new Map<string, Promise<CompiledSchema>>();

/** Ours: not JSON Schema's, and no mistake. */
const VOCABULARY = [FIELD_KEYWORD, TEXT_KEYWORD];

/** @throws IngestError E117 */
export async function readContract(file: string): Promise<Contract> {
  let text: string;
  try {
    text = normaliseText(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)));
  } catch (error) {
    const why =
      error instanceof TypeError ? 'it is not UTF-8' : ((error as NodeJS.ErrnoException).code ?? 'error');
    throw unusable(
      file,
      `cannot be read: ${why}`,
      'Check the path in the manifest and the permissions.',
      error,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unusable(file, `is not JSON: ${(error as Error).message}`, 'Correct the file.', error);
  }
  try {
    const sha256 = sha256Hex(text);
    const compiling = compiled.get(sha256) ?? compileSchema(json, { vocabulary: VOCABULARY });
    compiled.set(sha256, compiling);
    const schema = await compiling;
    return { file, sha256, text, schema, fields: declaredFields(json), warnings: warningsOf(file, schema) };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const advice =
      'A contract is a JSON Schema of 2020-12 or draft-07; what it refers to must be in the same file, since nothing is fetched.';
    throw unusable(file, `is not a usable JSON Schema: ${error.message}`, advice, error);
  }
}

function warningsOf(file: string, schema: CompiledSchema): readonly Warning[] {
  const warnings: Warning[] = schema.notes.map((note) => ({
    key: 'contract-note',
    message: `the contract ${file}: ${note}`,
    detail: file,
    functional: false,
  }));
  if (schema.shortSchemaUri) {
    warnings.push({
      key: 'contract-schema-uri',
      message: `the contract ${file} writes $schema without the final /schema; it is read as 2020-12`,
      detail: file,
      functional: false,
    });
  }
  return warnings;
}

function unusable(file: string, problem: string, advice: string, cause: unknown): IngestError {
  return new IngestError('E117', `the contract ${file} ${problem}`, { kind: 'input', advice, cause });
}
