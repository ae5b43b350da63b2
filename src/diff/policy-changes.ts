/** Which fields of the policy were edited since it was applied. Pure. */
import { canonicalJson } from '../domain/hashing.js';
import { DEFAULT_KEEP_PREVIOUS, type PolicySpec } from '../domain/manifest.js';
import type { FieldChange } from '../domain/plan.js';

/** Protection has its own action: it is kept when the manifest no longer says it. */
const ELSEWHERE = 'prevent_destroy';

/** What versions did that did not record it: a newer version alone is no edit. */
const BEFORE_RECORDED = { keep_previous: DEFAULT_KEEP_PREVIOUS };

/** By field name. `recorded` is what `recordedPolicy` wrote, maybe by another version: unknown fields count too. */
export function policyChanges(recorded: string, declared: PolicySpec): FieldChange[] {
  const before = leaves({ ...BEFORE_RECORDED, ...recordedFields(recorded) });
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

/** How many replaced collections the recorded policy keeps. */
export function recordedKeepPrevious(recorded: string): number {
  const { keep_previous } = { ...BEFORE_RECORDED, ...recordedFields(recorded) };
  return typeof keep_previous === 'number' ? keep_previous : DEFAULT_KEEP_PREVIOUS;
}

/** Empty for an index that was not applied yet. */
function recordedFields(recorded: string): Readonly<Record<string, unknown>> {
  return recorded === '' ? {} : (JSON.parse(recorded) as Record<string, unknown>);
}

/** `{ deletes: { max_count: 5 } }` -> `deletes.max_count` = 5. */
function leaves(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return found.set(path, value);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) leaves(item, path === '' ? key : `${path}.${key}`, found);
  }
  return found;
}
