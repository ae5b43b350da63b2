/** Which fields of the policy were edited since it was applied. Pure. */
import { canonicalJson } from '../domain/hashing.js';
import type { PolicySpec } from '../domain/manifest.js';
import type { FieldChange } from '../domain/plan.js';

/** Protection has its own action: it is kept when the manifest no longer says it. */
const ELSEWHERE = 'prevent_destroy';

/** By field name. `recorded` is what `recordedPolicy` wrote, maybe by another version: unknown fields count too. */
export function policyChanges(recorded: string, declared: PolicySpec): FieldChange[] {
  const before = leaves(JSON.parse(recorded));
  const after = leaves(declared);
  const fields = [...new Set([...before.keys(), ...after.keys()])].sort();
  return fields
    .filter((field) => field !== ELSEWHERE)
    .map((field) => ({ field, from: before.get(field) ?? null, to: after.get(field) ?? null }))
    .filter(({ from, to }) => canonicalJson(from) !== canonicalJson(to));
}

/** The policy as it is recorded by an apply. */
export function recordedPolicy(policy: PolicySpec, prevent_destroy: boolean): string {
  return canonicalJson({ ...policy, prevent_destroy });
}

/** `{ deletes: { max_count: 5 } }` -> `deletes.max_count` = 5. */
function leaves(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return found.set(path, value);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) leaves(item, path === '' ? key : `${path}.${key}`, found);
  }
  return found;
}
