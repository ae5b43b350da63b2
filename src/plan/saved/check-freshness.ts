/**
 * Does a saved plan still fit? Compared is what it depends on: the manifests and the documents it names.
 * An unrelated change elsewhere does not make it stale.
 */
import { canonicalJson } from '../../domain/hashing.js';
import type { Change, IndexAction, Plan, PlanIndex } from '../../domain/plan.js';
import type { ExecutablePlan } from '../executable-plan.js';

export interface StaleItem {
  readonly subject: string;
  readonly what: string;
}

const MAX_ITEMS = 100;

/** `current` was planned just now with the saved plan's own options. Empty: it fits. */
export function findStale(saved: Plan, current: ExecutablePlan): StaleItem[] {
  const stale: StaleItem[] = [];
  const shas = new Map(
    current.header.base.manifests.map((manifest) => [manifest.manifest_id, manifest.sha256]),
  );
  const { lineage } = saved.header.base;
  if (lineage !== null && lineage !== current.header.base.lineage) {
    stale.push({ subject: 'state', what: 'is another one (lineage differs)' });
  }
  for (const { manifest_id, sha256 } of saved.header.base.manifests) {
    const now = shas.get(manifest_id);
    if (now === undefined) stale.push({ subject: manifest_id, what: 'manifest is no longer loaded' });
    else if (now !== sha256) stale.push({ subject: manifest_id, what: 'manifest was edited' });
  }
  if (stale.length > 0) return stale;
  for (const index of saved.indexes) {
    const now = current.indexes.find((other) => other.header.manifest_id === index.header.manifest_id);
    if (now === undefined) continue;
    if (canonicalJson(lasting(index)) !== canonicalJson(lasting(now))) {
      stale.push({ subject: index.header.manifest_id, what: 'the index itself needs other actions now' });
    }
    for (const change of index.changes()) {
      if (change.action === 'withheld') continue;
      const what = differs(change, now.context.scratch.change(index.header.manifest_id, change.uri));
      if (what !== undefined) stale.push({ subject: change.uri, what });
      if (stale.length >= MAX_ITEMS) return stale;
    }
  }
  // What was recorded since would be destroyed unseen.
  if (stale.length === 0 && saved.header.options.destroy && saved.header.plan_id !== current.header.plan_id) {
    stale.push({ subject: 'the index', what: 'holds more than the plan destroys' });
  }
  return stale;
}

/** Where a cursor goes depends on what has arrived since; what was planned is applied, and the cursor stays. */
function lasting({ header }: PlanIndex): readonly IndexAction[] {
  return header.index_actions.filter(({ action }) => action !== 'cursor');
}

/** A delete that only a guard's count would hold back now is still the delete that was approved. */
function differs(saved: Change, now: Change | undefined): string | undefined {
  if (now === undefined) return 'needs no change any more';
  const rule = now.guard?.rule;
  const held = now.action === 'withheld' && (rule === 'max_count' || rule === 'max_ratio');
  const action = held ? 'delete' : now.action;
  if (action !== saved.action) return `would be a ${now.action} now, not a ${saved.action}`;
  if (saved.moved_from !== now.moved_from) return 'moves from elsewhere now';
  if (canonicalJson(saved.after) !== canonicalJson(now.after)) return 'the document changed';
  if (canonicalJson(saved.before) !== canonicalJson(now.before)) return 'what is recorded changed';
  if (canonicalJson(saved.chunks) !== canonicalJson(now.chunks)) return 'its live records changed';
  return undefined;
}
