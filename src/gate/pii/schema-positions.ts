/** Where schemas stand in a JSON Schema, and what a reference inside one file means. */

export type Schema = Readonly<Record<string, unknown>>;

const SINGLE = [
  'items',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'];

/** All of them, the root first; data such as `default` and `enum` hold none. */
export function* schemasBelow(
  schema: Schema,
  pointer = '#',
): Iterable<{ readonly schema: Schema; readonly pointer: string }> {
  yield { schema, pointer };
  for (const [key, value] of Object.entries(schema)) {
    if (SINGLE.includes(key) && isObject(value)) yield* schemasBelow(value, `${pointer}/${key}`);
    if (LISTS.includes(key) && Array.isArray(value)) {
      for (const [at, one] of value.entries()) {
        if (isObject(one)) yield* schemasBelow(one, `${pointer}/${key}/${at}`);
      }
    }
    if (MAPS.includes(key) && isObject(value)) {
      for (const [name, one] of Object.entries(value)) {
        if (isObject(one)) yield* schemasBelow(one, `${pointer}/${key}/${pointerStep(name)}`);
      }
    }
  }
}

/** `#`, `#/pointer` or `#anchor`; undefined for anything else. */
export function resolveReference(root: Schema, reference: string): Schema | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#')) return undefined;
  if (!reference.startsWith('#/')) {
    for (const { schema } of schemasBelow(root)) {
      if (schema['$anchor'] === reference.slice(1) || schema['$id'] === reference) return schema;
    }
    return undefined;
  }
  let found: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? (found as Schema)[key]
        : undefined;
  }
  return isObject(found) ? found : undefined;
}

export function pointerStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
