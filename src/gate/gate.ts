/** The contract gate of one source: does a document's metadata satisfy the contract, and can it be stored? */
import { readFile } from 'node:fs/promises';
import type { RejectCode } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import { sha256Hex } from '../domain/hashing.js';
import { type GateInputs, gateRecipe } from '../domain/identity.js';
import type { PolicySpec, SourceSpec, Warning } from '../domain/manifest.js';
import type { Gate, Refused } from '../domain/ports/gate.js';
import { normaliseText } from '../domain/text.js';
import { type CompiledSchema, compileSchema, SchemaError } from '../platform/json-schema.js';
import { describeViolations } from './describe-violations.js';
import { flattenMetadata, MAPPING_VERSION, mergeMetadata } from './flatten-metadata.js';

/** Of how fields become text: separators, and how lists and structures are written. */
const COMPOSITION_VERSION = 1;

export interface LoadedGate extends Gate {
  /** About the contract itself. */
  readonly warnings: readonly Warning[];
}

/** @throws IngestError E117 when there is a contract and it cannot be used. */
export async function loadGate(
  source: SourceSpec,
  policy: Pick<PolicySpec, 'on_reject'>,
): Promise<LoadedGate> {
  const contract = source.contract === undefined ? undefined : await readContract(source.contract);
  return {
    recipe: gateRecipe({
      contract_sha256: contract?.sha256 ?? null,
      on_reject: policy.on_reject,
      metadata: source.metadata,
      mapping: MAPPING_VERSION,
      ...composition(source),
    }),
    warnings: contract?.warnings ?? [],
    judge({ metadata: found, text: parsed, record }) {
      const judged = mergeMetadata(source.metadata, record?.fields ?? found);
      const violations = contract?.schema.validate(judged) ?? [];
      if (violations.length > 0) return refused('contract', describeViolations(violations));
      const made = record?.compose(record.fields) ?? { text: parsed, metadata: found };
      const flat = flattenMetadata(mergeMetadata(source.metadata, made.metadata));
      if (!flat.ok) return refused('metadata', flat.detail);
      return {
        verdict: 'accept',
        metadata: flat.metadata,
        text: made.text,
        redacted: false,
        warnings: flat.warnings,
      };
    },
  };
}

/** How records are composed decides metadata and text as much as a contract does. */
function composition(source: SourceSpec): Pick<GateInputs, 'record'> {
  if (!('mapping' in source)) return {};
  const { text, metadata_from } = source.mapping;
  return { record: { version: COMPOSITION_VERSION, text, metadata_from } };
}

function refused(code: RejectCode, detail: string): Refused {
  return { verdict: 'reject', code, codes: [code], detail };
}

interface Contract {
  readonly sha256: string;
  readonly schema: CompiledSchema;
  readonly warnings: readonly Warning[];
}

async function readContract(file: string): Promise<Contract> {
  let text: string;
  try {
    // Normalised, so that a check-out with CRLF has the same recipe.
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
    const schema = await compileSchema(json);
    return { sha256: sha256Hex(text), schema, warnings: warningsOf(file, schema) };
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
