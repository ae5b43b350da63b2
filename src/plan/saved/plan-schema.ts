/** The published schema of a plan, which lies beside both src/ and dist/: a plan file is what somebody else wrote. */
import { readFile } from 'node:fs/promises';
import { type CompiledSchema, compileSchema } from '../../platform/json-schema.js';

export interface PlanSchema {
  /** A whole plan, whose lists of changes may be empty. */
  readonly plan: CompiledSchema;
  readonly change: CompiledSchema;
}

let compiled: Promise<PlanSchema> | undefined;

/** Compiled once in a process: the file is part of the program. */
export function planSchema(): Promise<PlanSchema> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<PlanSchema> {
  const file = new URL('../../../contracts/plan.schema.json', import.meta.url);
  const schema = JSON.parse(await readFile(file, 'utf8')) as { readonly $defs: object };
  const change = { $defs: schema.$defs, $ref: '#/$defs/change' };
  return {
    plan: await compileSchema(schema, { trusted: true }),
    change: await compileSchema(change, { trusted: true }),
  };
}

/** `/indexes/0/live must be object`; undefined when there is nothing wrong. */
export function faultIn(schema: CompiledSchema, value: unknown): string | undefined {
  const [fault] = schema.validate(value);
  return fault === undefined ? undefined : `${fault.instancePath || 'it'} ${fault.message}`;
}
