/** Which values are allowed at all: types, lists of values, patterns and formats. Pure. */
import { canonicalJson } from '../../domain/hashing.js';
import type { ContractEdit } from '../../domain/plan.js';
import { below, changeWord, edited, type SchemaMap, same } from './schema-parts.js';

export function compareValues(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  return [
    ...compareTypes(before, after, path),
    ...compareLists(before, after, path),
    ...compareText(before, after, path, 'pattern'),
    ...compareText(before, after, path, 'format'),
    ...compareUnique(before, after, path),
  ];
}

function compareTypes(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const from = typesOf(before['type']);
  const to = typesOf(after['type']);
  if (to === undefined)
    return from === undefined ? [] : [edited(below(path, 'type'), 'taken out', 'additive')];
  if (from === undefined) return [edited(below(path, 'type'), 'added', 'breaking')];
  const allowed = (type: string): boolean => to.has(type) || (type === 'integer' && to.has('number'));
  const lost = [...from].filter((type) => !allowed(type));
  if (lost.length > 0) return [edited(below(path, 'type'), `no ${lost.join(', ')} any more`, 'breaking')];
  const won = [...to].filter((type) => !from.has(type));
  return won.length === 0 ? [] : [edited(below(path, 'type'), `${won.join(', ')} too`, 'additive')];
}

function typesOf(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  return new Set((Array.isArray(value) ? value : [value]).map(String));
}

/** A constant is a list of one. */
function compareLists(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const from = listOf(before);
  const to = listOf(after);
  if (same(from?.values, to?.values)) return [];
  if (to === undefined) return [edited(below(path, from?.key ?? 'enum'), 'taken out', 'additive')];
  if (from === undefined) return [edited(below(path, to.key), 'added', 'breaking')];
  const allowed = new Set(to.values);
  const lost = from.values.filter((value) => !allowed.has(value));
  if (lost.length > 0) {
    return [edited(below(path, to.key), `${few(lost)} not allowed any more`, 'breaking')];
  }
  const known = new Set(from.values);
  return [
    edited(
      below(path, to.key),
      `${few(to.values.filter((value) => !known.has(value)))} allowed too`,
      'additive',
    ),
  ];
}

/** Both at once leave what is in both. */
function listOf(schema: SchemaMap): { readonly key: string; readonly values: readonly string[] } | undefined {
  const listed = Array.isArray(schema['enum']) ? schema['enum'].map(canonicalJson).sort() : undefined;
  if (!Object.hasOwn(schema, 'const')) return listed && { key: 'enum', values: [...new Set(listed)] };
  const constant = canonicalJson(schema['const']);
  return { key: 'const', values: listed === undefined || listed.includes(constant) ? [constant] : [] };
}

function few(values: readonly string[]): string {
  const shown = values
    .slice(0, 5)
    .map((value) => (value.length > 40 ? `${[...value].slice(0, 37).join('')}...` : value));
  const more = values.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function compareText(before: SchemaMap, after: SchemaMap, path: string, key: string): ContractEdit[] {
  if (same(before[key], after[key])) return [];
  const word = changeWord(before, after, key);
  const kind = word === 'taken out' ? 'additive' : word === 'added' ? 'breaking' : 'conditional';
  return [edited(below(path, key), word, kind)];
}

function compareUnique(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const from = before['uniqueItems'] === true;
  const to = after['uniqueItems'] === true;
  if (from === to) return [];
  return [edited(below(path, 'uniqueItems'), to ? 'added' : 'taken out', to ? 'breaking' : 'additive')];
}
