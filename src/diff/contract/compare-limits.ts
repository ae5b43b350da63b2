/** How large, long or many. Pure. */
import type { ContractEdit } from '../../domain/plan.js';
import { below, changeWord, edited, type SchemaMap, same } from './schema-parts.js';

/** Which way is wider, and what holds where nothing is said. */
const LIMITS: Readonly<Record<string, { readonly lower: boolean; readonly unsaid: number }>> = {
  minimum: { lower: true, unsaid: Number.NEGATIVE_INFINITY },
  exclusiveMinimum: { lower: true, unsaid: Number.NEGATIVE_INFINITY },
  maximum: { lower: false, unsaid: Number.POSITIVE_INFINITY },
  exclusiveMaximum: { lower: false, unsaid: Number.POSITIVE_INFINITY },
  minLength: { lower: true, unsaid: 0 },
  maxLength: { lower: false, unsaid: Number.POSITIVE_INFINITY },
  minItems: { lower: true, unsaid: 0 },
  maxItems: { lower: false, unsaid: Number.POSITIVE_INFINITY },
  minProperties: { lower: true, unsaid: 0 },
  maxProperties: { lower: false, unsaid: Number.POSITIVE_INFINITY },
};

export function compareLimits(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const edits: ContractEdit[] = [];
  for (const [key, { lower, unsaid }] of Object.entries(LIMITS)) {
    const from = numberOf(before[key], unsaid);
    const to = numberOf(after[key], unsaid);
    if (from === to) continue;
    const wider = lower ? to < from : to > from;
    edits.push(edited(below(path, key), said(before, after, key), wider ? 'additive' : 'breaking'));
  }
  return [...edits, ...compareMultiples(before, after, path)];
}

function numberOf(value: unknown, unsaid: number): number {
  return typeof value === 'number' ? value : unsaid;
}

function said(before: SchemaMap, after: SchemaMap, key: string): string {
  const word = changeWord(before, after, key);
  return word === 'changed' ? `${String(before[key])} -> ${String(after[key])}` : word;
}

function compareMultiples(before: SchemaMap, after: SchemaMap, path: string): ContractEdit[] {
  const key = 'multipleOf';
  const from = before[key];
  const to = after[key];
  if (same(from, to)) return [];
  // Of whole numbers alone: a remainder of fractions is not exact.
  const wider =
    to === undefined ||
    (typeof from === 'number' && Number.isInteger(from) && Number.isInteger(to) && from % Number(to) === 0);
  return [edited(below(path, key), said(before, after, key), wider ? 'additive' : 'breaking')];
}
