/**
 * What is printed with `--json` satisfies the schema that docs/reference/json-output.md names for the command: of every
 * run of the program in any test.
 */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type SchemaName =
  | 'batches'
  | 'diagnosis'
  | 'error'
  | 'events'
  | 'import_report'
  | 'index_state'
  | 'init'
  | 'plan'
  | 'query'
  | 'recorded_state'
  | 'rejects'
  | 'report'
  | 'run_report'
  | 'runs'
  | 'server'
  | 'smoke_report'
  | 'validation';

const ROOT = new URL('../../', import.meta.url);
const PAGE = new URL('docs/reference/json-output.md', ROOT);

const compiled = new Map<SchemaName, ValidateFunction>();

/** What is wrong with a value by contracts/<name>.schema.json. */
export function faultsIn(name: SchemaName, value: unknown): readonly string[] {
  let validate = compiled.get(name);
  if (validate === undefined) {
    const file = new URL(`contracts/${name}.schema.json`, ROOT);
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
    compiled.set(name, validate);
  }
  validate(value);
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

let table: ReadonlyMap<string, readonly SchemaName[]> | undefined;

/** By command, as in `state gc`: the schemas of what it prints. */
export function documentedOutputs(): ReadonlyMap<string, readonly SchemaName[]> {
  table ??= new Map(
    [...readFileSync(PAGE, 'utf8').matchAll(/^\| `([a-z -]+)` \|.*$/gm)].map(([line, command = '']) => [
      command,
      [...line.matchAll(/\]\(\.\.\/\.\.\/contracts\/(\w+)\.schema\.json\)/g)].map(
        ([, name]) => name as SchemaName,
      ),
    ]),
  );
  return table;
}

/** Empty when all is as it is documented. `cut`: it was interrupted, maybe in the middle of a line. */
export function undocumented(args: readonly string[], stdout: string, cut = false): readonly string[] {
  const outputs = documentedOutputs();
  const two = args.slice(0, 2).join(' ');
  const command = outputs.has(two) ? two : (args[0] ?? '');
  const names: readonly SchemaName[] = [...(outputs.get(command) ?? []), 'error'];
  return valuesOf(stdout).flatMap((value) => {
    if (value === undefined) return cut ? [] : [`${command} prints what is no JSON`];
    const all: string[] = [];
    for (const name of names) {
      const said = faultsIn(name, value);
      if (said.length === 0) return [];
      all.push(`${name}: ${said.slice(0, 5).join('; ')}`);
    }
    const shown = JSON.stringify(value).slice(0, 300);
    return [`${command} prints what no schema of it describes: ${shown}`, ...all];
  });
}

/** One value, a value a line, or a line and then one value. */
function valuesOf(stdout: string): readonly unknown[] {
  if (stdout.trim() === '') return [];
  const whole = parsed(stdout);
  if (whole !== undefined) return [whole];
  const lines = stdout.trimEnd().split('\n');
  const values = lines.map(parsed);
  return values.includes(undefined) ? [values[0], parsed(lines.slice(1).join('\n'))] : values;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
