/** plan_id: the same situation gives the same id on every machine. Nothing else enters it. */
import { canonicalJson, FrameHash } from '../../domain/hashing.js';
import { type Change, type IndexAction, PLAN_MAJOR } from '../../domain/plan.js';

export interface IdentifiedIndex {
  readonly manifest_id: string;
  readonly sha256: string;
  readonly collection: string;
  readonly index_actions: readonly IndexAction[];
  changes(): Iterable<Change>;
}

export function computePlanId(environment: string, indexes: readonly IdentifiedIndex[]): string {
  const hash = new FrameHash().add(PLAN_MAJOR).add(environment);
  for (const index of indexes) {
    hash
      .add(index.manifest_id)
      .add(index.sha256)
      .add(index.collection)
      .add(canonicalJson(index.index_actions));
    for (const change of index.changes()) {
      hash.add(change.action).add(change.uri).add(canonicalJson(change.reasons));
      hash
        .add(canonicalJson(change.before))
        .add(canonicalJson(change.after))
        .add(change.moved_from ?? '');
    }
  }
  return hash.hex();
}
