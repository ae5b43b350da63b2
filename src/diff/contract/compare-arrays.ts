/** What the items of a list must be. Pure. */
import type { ContractEdit } from '../../domain/plan.js';
import { below, type CompareSchemas, changeWord, edited, type SchemaMap, same } from './schema-parts.js';

export function compareArrays(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  // Items by position: where one list ends, the rest is another keyword's.
  const positions = ['prefixItems', 'additionalItems'].filter((key) => !same(before[key], after[key]));
  const edits = positions.map((key) =>
    edited(below(path, key), changeWord(before, after, key), 'conditional'),
  );
  const from = before['items'] ?? true;
  const to = after['items'] ?? true;
  if (Array.isArray(from) || Array.isArray(to)) {
    return same(from, to) ? edits : [...edits, edited(below(path, 'items'), 'changed', 'conditional')];
  }
  return [...edits, ...compare(from, to, below(path, 'items'))];
}
