/**
 * Two schemas of one value, keyword by keyword. All keywords of a schema must hold at once, so each may be compared alone;
 * those that speak of one another are compared together. Pure.
 */
import type { ContractEdit } from '../../domain/plan.js';
import { compareArrays } from './compare-arrays.js';
import { compareBranches } from './compare-branches.js';
import { compareLimits } from './compare-limits.js';
import { compareProperties } from './compare-properties.js';
import { compareValues } from './compare-values.js';
import {
  below,
  type CompareSchemas,
  changeWord,
  edited,
  mapOf,
  type SchemaMap,
  same,
} from './schema-parts.js';

/** They describe, and judge nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** Compared by the functions below; whatever else differs is not understood. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...['type', 'enum', 'const', 'pattern', 'format', 'multipleOf', 'uniqueItems'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
  ...[
    'properties',
    'patternProperties',
    'additionalProperties',
    'required',
    'propertyNames',
    'dependentRequired',
  ],
  ...['items', 'prefixItems', 'additionalItems', 'allOf', 'anyOf', '$defs', 'definitions'],
]);

export function compareKeywords(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  return [
    ...compareValues(before, after, path),
    ...compareLimits(before, after, path),
    ...compareProperties(before, after, path, compare),
    ...compareArrays(before, after, path, compare),
    ...compareBranches(before, after, path, compare),
    ...compareDefinitions(before, after, path, compare),
    ...notUnderstood(before, after, path),
  ];
}

/** What is there on both sides; one alone judges nothing until something refers to it. */
function compareDefinitions(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  return ['$defs', 'definitions'].flatMap((place) => {
    const from = mapOf(before[place]);
    const to = mapOf(after[place]);
    return Object.keys(from)
      .filter((name) => Object.hasOwn(to, name))
      .flatMap((name) => compare(from[name], to[name], below(path, place, name)));
  });
}

function notUnderstood(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .filter((key) => !ANNOTATIONS.has(key) && !UNDERSTOOD.has(key))
    .filter((key) => !same(before[key], after[key]))
    .map((key) => edited(below(path, key), changeWord(before, after, key), 'conditional'));
}
