/** Schemas of contracts/, compiled so that nothing in them is passed over, and closed: what is not described is a fault. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** With every described object closed: what is written but not described is then a fault. */
export function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const describes = 'properties' in copy && 'required' in copy && !('additionalProperties' in copy);
  return describes ? { ...copy, additionalProperties: false } : copy;
}

/** What is wrong with a value, as it is once it was written. */
export function validator(schema: Json): (value: unknown) => readonly string[] {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
  });
  addFormats.default(ajv);
  const check = ajv.compile(schema as object);
  return (value) =>
    check(JSON.parse(JSON.stringify(value)))
      ? []
      : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
