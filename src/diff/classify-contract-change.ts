/**
 * What an edit of a contract means for documents that satisfied it. Pure, over JSON Schemas.
 *
 * `additive`: every one of them still does. `breaking`: one may be refused. `conditional`: it depends on the documents.
 * What is not understood is conditional, never additive.
 */
import { canonicalJson } from '../domain/hashing.js';
import type { ContractChange, ContractClass, ContractEdit } from '../domain/plan.js';
import { compareKeywords } from './contract/compare-keywords.js';
import { everyKeyword } from './contract/every-keyword.js';

const MAX_EDITS = 50;

export function classifyContractChange(before: unknown, after: unknown): Omit<ContractChange, 'source_id'> {
  const found = compareSchemas(before, after, '');
  const edits = isMonotone(before, after) ? found : found.map(doubted);
  return {
    class: worstOf(edits),
    // Those that matter most, should there be too many.
    edits: edits.toSorted((a, b) => GRAVITY[b.class] - GRAVITY[a.class]).slice(0, MAX_EDITS),
    more: Math.max(0, edits.length - MAX_EDITS),
  };
}

const GRAVITY: Readonly<Record<ContractClass, number>> = { additive: 0, conditional: 1, breaking: 2 };

function worstOf(edits: readonly ContractEdit[]): ContractClass {
  return edits.reduce<ContractClass>(
    (worst, edit) => (GRAVITY[edit.class] > GRAVITY[worst] ? edit.class : worst),
    'additive',
  );
}

/** Edits that lead from one to the other, where both judge the same value. Empty: they judge alike. */
function compareSchemas(before: unknown, after: unknown, path: string): ContractEdit[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  const edit = (what: string, of: ContractClass): ContractEdit[] => [
    { path: path === '' ? '/' : path, what, class: of },
  ];
  if (before === false) return edit('allowed now', 'additive');
  if (after === true) return isTrivial(before) ? [] : edit('anything is allowed now', 'additive');
  if (after === false) return edit('not allowed any more', 'breaking');
  const from = before === true ? {} : before;
  if (!isSchema(from) || !isSchema(after)) return edit('rewritten', 'conditional');
  return compareKeywords(from, after, path, compareSchemas);
}

/** Judges nothing: true, or annotations alone. */
function isTrivial(schema: unknown): boolean {
  return (
    schema === true || (isSchema(schema) && compareKeywords({}, schema, '', compareSchemas).length === 0)
  );
}

/** Where a wider part may make the whole narrower: `not`, and what counts matches, of which references hide some. */
function isMonotone(before: unknown, after: unknown): boolean {
  const used = new Set([...everyKeyword(before), ...everyKeyword(after)]);
  const any = (names: readonly string[]): boolean => names.some((name) => used.has(name));
  if (any(['unevaluatedProperties', 'unevaluatedItems'])) return false;
  const refers = any(['$ref', '$dynamicRef', '$recursiveRef']);
  return !(refers && any(['not', 'if', 'oneOf', 'contains', 'dependencies', 'dependentSchemas']));
}

function doubted(edit: ContractEdit): ContractEdit {
  return edit.class === 'additive' ? { ...edit, class: 'conditional' } : edit;
}

function isSchema(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
