/**
 * `x-pii` in a contract: which fields hold personal data, and what happens to them. Rules are looked up beside the value,
 * through `$ref`, `allOf` and their like; a condition (`if`, `anyOf`) does not lift a rule. One that cannot be placed is
 * a fault of the contract: somebody relies on it.
 */
import { type FieldAction, PII_DETECTORS, type PiiDetector } from '../../domain/pii.js';
import { resolveReference, type Schema, schemasBelow } from './schema-positions.js';

export const FIELD_KEYWORD = 'x-pii';
export const TEXT_KEYWORD = 'x-pii-text';

export interface FieldRule {
  readonly action: FieldAction;
  /** Only what these find in it; undefined: the whole value. */
  readonly detect: readonly PiiDetector[] | undefined;
}

/** The schemas that hold for one value. */
export type Applicable = readonly Schema[];

export interface FieldRules {
  /** Of the text body, always with `detect`. */
  readonly text: FieldRule | undefined;
  readonly root: Applicable;
  /** Those of one value. */
  of(schemas: Applicable): readonly FieldRule[];
  /** Of a map's entry or a list's item. */
  below(schemas: Applicable, step: string | number): Applicable;
  readonly asksForHash: boolean;
  /** A rule is about a whole field. */
  readonly takesWhole: boolean;
}

/** What is wrong with a rule, and where it stands. */
export class FieldRuleFault extends Error {
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.name = 'FieldRuleFault';
    this.pointer = pointer;
  }
}

/** Undefined for a contract without a rule. @throws FieldRuleFault */
export function readFieldRules(contract: unknown): FieldRules | undefined {
  if (!isSchema(contract) || !JSON.stringify(contract).includes(`"${FIELD_KEYWORD}`)) return undefined;
  const rules = new Map<Schema, FieldRule>();
  const declared = new Map<Schema, string>();
  let textRule: FieldRule | undefined;
  for (const { schema, pointer } of schemasBelow(contract)) {
    if (Object.hasOwn(schema, TEXT_KEYWORD)) {
      if (schema !== contract)
        throw new FieldRuleFault(pointer, `${TEXT_KEYWORD} stands on the contract's root only`);
      textRule = readTextRule(schema[TEXT_KEYWORD]);
    }
    if (!Object.hasOwn(schema, FIELD_KEYWORD)) continue;
    if (schema === contract) {
      const instead = `${TEXT_KEYWORD} is the rule of a document's text, and ${FIELD_KEYWORD} of one field`;
      throw new FieldRuleFault(pointer, `on the root it means no field: ${instead}`);
    }
    declared.set(schema, pointer);
    const rule = readRule(schema[FIELD_KEYWORD], pointer, FIELD_ACTIONS);
    if (rule !== undefined) rules.set(schema, rule);
  }

  const closures = new Map<Schema, Applicable>();
  const closureOf = (schema: Schema): Applicable => {
    const known = closures.get(schema);
    if (known !== undefined) return known;
    const found = new Set<Schema>([schema]);
    for (const one of found) for (const next of inPlace(one, contract)) found.add(next);
    const closure = [...found];
    closures.set(schema, closure);
    return closure;
  };
  const root = closureOf(contract);
  const placed = reachable(root, closureOf);
  for (const schema of placed) {
    if (!Object.hasOwn(schema, FIELD_KEYWORD) || declared.has(schema)) continue;
    throw new FieldRuleFault(
      '#',
      `${FIELD_KEYWORD} stands in a schema that only a reference leads to: move it to #/$defs`,
    );
  }
  for (const [schema, pointer] of declared) {
    if (placed.has(schema)) continue;
    throw new FieldRuleFault(
      pointer,
      `${FIELD_KEYWORD} cannot be placed: no field of a document is known to lead there`,
    );
  }
  if (declared.size === 0 && textRule === undefined) return undefined;
  const all = [...rules.values(), ...(textRule === undefined ? [] : [textRule])];
  return {
    text: textRule,
    root,
    of: (schemas) => schemas.map((schema) => rules.get(schema)).filter((rule) => rule !== undefined),
    below: (schemas, step) => unique(schemas.flatMap((schema) => entryOf(schema, step)).flatMap(closureOf)),
    asksForHash: all.some(({ action }) => action === 'hash'),
    takesWhole: all.some(({ detect }) => detect === undefined),
  };
}

const FIELD_ACTIONS: readonly FieldAction[] = ['deny', 'redact', 'hash', 'internal-only'];
const TEXT_ACTIONS: readonly FieldAction[] = ['deny', 'redact', 'hash'];
const LEVELS = ['none', 'low', 'high'];

function readTextRule(value: unknown): FieldRule | undefined {
  const rule = readRule(value, '#', TEXT_ACTIONS);
  return rule && { ...rule, detect: rule.detect ?? PII_DETECTORS };
}

/** Undefined for a field that is said to hold nothing personal. */
function readRule(value: unknown, pointer: string, actions: readonly FieldAction[]): FieldRule | undefined {
  const fault = (message: string): FieldRuleFault =>
    new FieldRuleFault(pointer, `${FIELD_KEYWORD} ${message}`);
  if (!isSchema(value)) throw fault('is an object with level and action');
  const unknown = Object.keys(value).find((key) => !['level', 'action', 'detect'].includes(key));
  if (unknown !== undefined)
    throw fault(`has the unknown key "${unknown}"; it takes level, action and detect`);
  const { level, action, detect } = value;
  if (!LEVELS.includes(level as string)) throw fault('needs level: none, low or high');
  if (level === 'none') {
    if (action !== undefined || detect !== undefined) throw fault('with level none has no action');
    return undefined;
  }
  const known = actions.find((one) => one === action);
  if (known === undefined) throw fault(`needs action: ${actions.join(', ')}`);
  if (detect === undefined) return { action: known, detect: undefined };
  if (known === 'internal-only') throw fault('with internal-only takes the whole field: leave detect out');
  const names = detect === 'all' ? PII_DETECTORS : detect;
  if (!Array.isArray(names) || names.length === 0) throw fault('needs detect: all, or a list of detectors');
  const stranger = names.find((name: unknown) => !PII_DETECTORS.some((one) => one === name));
  if (stranger !== undefined)
    throw fault(`knows no detector ${JSON.stringify(stranger)}; there are ${PII_DETECTORS.join(', ')}`);
  return { action: known, detect: names as PiiDetector[] };
}

/** Schemas that hold for the same value. */
function inPlace(schema: Schema, contract: Schema): Schema[] {
  const found: unknown[] = [schema['if'], schema['then'], schema['else']];
  for (const key of ['allOf', 'anyOf', 'oneOf']) {
    const members = schema[key];
    if (Array.isArray(members)) found.push(...members);
  }
  for (const key of ['dependentSchemas', 'dependencies']) {
    const members = schema[key];
    if (isSchema(members)) found.push(...Object.values(members));
  }
  if (typeof schema['$ref'] === 'string')
    found.push(resolveReference(contract, schema['$ref']) ?? unresolved(schema['$ref']));
  const dynamic = schema['$dynamicRef'] ?? schema['$recursiveRef'];
  if (dynamic !== undefined) unresolved(String(dynamic));
  return found.filter(isSchema);
}

function unresolved(reference: string): never {
  throw new FieldRuleFault(reference, `${FIELD_KEYWORD} cannot follow this reference; write #/$defs/NAME`);
}

/** Schemas of the value behind one step. */
function entryOf(schema: Schema, step: string | number): Schema[] {
  if (typeof step === 'number') {
    const { prefixItems, items } = schema;
    const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const own: unknown = step < first.length ? first[step] : items;
    return isSchema(own) ? [own] : [];
  }
  const { properties, additionalProperties } = schema;
  const own: unknown =
    isSchema(properties) && Object.hasOwn(properties, step) ? properties[step] : additionalProperties;
  return isSchema(own) ? [own] : [];
}

/** Every schema that some document's field can lead to. */
function reachable(root: Applicable, closureOf: (schema: Schema) => Applicable): ReadonlySet<Schema> {
  const found = new Set<Schema>(root);
  for (const schema of found) {
    const { properties, additionalProperties, prefixItems, items } = schema;
    const next: unknown[] = [additionalProperties];
    if (isSchema(properties)) next.push(...Object.values(properties));
    for (const list of [prefixItems, items]) next.push(...(Array.isArray(list) ? list : [list]));
    for (const one of next.filter(isSchema)) for (const applicable of closureOf(one)) found.add(applicable);
  }
  return found;
}

function unique(schemas: readonly Schema[]): Applicable {
  return schemas.length < 2 ? schemas : [...new Set(schemas)];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
