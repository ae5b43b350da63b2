/** What the comparisons of one keyword share: parts of schemas, paths, and the edits they come to. Pure. */
import { canonicalJson } from '../../domain/hashing.js';
import type { ContractClass, ContractEdit } from '../../domain/plan.js';

export type SchemaMap = Readonly<Record<string, unknown>>;
/** Compares two schemas of one value. */
export type CompareSchemas = (before: unknown, after: unknown, path: string) => ContractEdit[];

export function changeWord(before: SchemaMap, after: SchemaMap, key: string): string {
  if (!Object.hasOwn(before, key)) return 'added';
  return Object.hasOwn(after, key) ? 'changed' : 'taken out';
}

export function edited(path: string, what: string, of: ContractClass): ContractEdit {
  return { path: path === '' ? '/' : path, what, class: of };
}

export function below(path: string, ...steps: readonly (string | number)[]): string {
  return [path, ...steps.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
}

export function mapOf(value: unknown): SchemaMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SchemaMap) : {};
}

export function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}
