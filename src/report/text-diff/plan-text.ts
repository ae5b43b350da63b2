/** Whether a plan shows document text is decided where it is printed, whatever it holds. */
import type { Change, Plan } from '../../domain/plan.js';

/** The plan without any text of documents. */
export function withoutText(plan: Plan): Plan {
  return {
    ...plan,
    close: () => plan.close(),
    indexes: plan.indexes.map((index) => ({
      header: index.header,
      *changes(): Generator<Change> {
        for (const { diff: _, ...change } of index.changes()) yield change;
      },
    })),
  };
}

/** False of a plan that was made without `--diff`, and of one that writes no document. */
export function holdsText(plan: Plan): boolean {
  for (const index of plan.indexes) {
    for (const change of index.changes()) if (change.diff !== undefined) return true;
  }
  return false;
}
