/** Schemas of which all must hold, or any. Pure. */
import type { ContractEdit } from '../../domain/plan.js';
import { below, type CompareSchemas, edited, type SchemaMap, same } from './schema-parts.js';

export function compareBranches(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  return [...compareAll(before, after, path, compare), ...compareAny(before, after, path, compare)];
}

function compareAll(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  const at = below(path, 'allOf');
  const { lost, won } = difference(before['allOf'], after['allOf']);
  if (lost.length === won.length) {
    return won.flatMap((branch, i) => compare(lost[i], branch, below(path, 'allOf', i)));
  }
  if (won.length === 0) return [edited(at, 'asks for less', 'additive')];
  if (lost.length > 0) return [edited(at, 'rewritten', 'conditional')];
  const more = won.flatMap((branch) => compare(true, branch, at));
  return more.length === 0 ? [] : [edited(at, 'asks for more', 'breaking')];
}

function compareAny(
  before: SchemaMap,
  after: SchemaMap,
  path: string,
  compare: CompareSchemas,
): ContractEdit[] {
  const at = below(path, 'anyOf');
  if (before['anyOf'] === undefined || after['anyOf'] === undefined) {
    if (same(before['anyOf'], after['anyOf'])) return [];
    const added = before['anyOf'] === undefined;
    return [edited(at, added ? 'added' : 'taken out', added ? 'breaking' : 'additive')];
  }
  const { lost, won } = difference(before['anyOf'], after['anyOf']);
  if (lost.length === 0) return won.length === 0 ? [] : [edited(at, 'allows more', 'additive')];
  if (won.length === 0) return [edited(at, 'allows less', 'breaking')];
  if (won.length < lost.length) return [edited(at, 'rewritten', 'conditional')];
  // What one way allows less, another may still allow.
  return lost.flatMap((branch, i) =>
    compare(branch, won[i], below(path, 'anyOf', i)).map((edit) =>
      edit.class === 'breaking' ? ({ ...edit, class: 'conditional' } as const) : edit,
    ),
  );
}

/** What only one side has, in order. */
function difference(before: unknown, after: unknown): { readonly lost: unknown[]; readonly won: unknown[] } {
  const from = Array.isArray(before) ? before : [];
  const to = Array.isArray(after) ? after : [];
  return {
    lost: from.filter((one) => !to.some((other) => same(one, other))),
    won: to.filter((one) => !from.some((other) => same(one, other))),
  };
}
