/**
 * The pin of a rollback: the collection that came back is not replaced by what it was rolled back from, as long
 * as the manifest wants exactly that model and distance. Anything else that is edited leaves the pin.
 */
import type { CollectionRow } from '../../domain/state-rows.js';
import type { PendingSwap } from './locate-live.js';

export interface Pin {
  /** False once the manifest wants something else, and the collection has it: then an apply ends it. */
  readonly holds: boolean;
  readonly generation: number;
}

/** `reasons`: why the index would be built anew. `wanted`: the vector recipe of the manifest. */
export function readPin(
  pending: PendingSwap | undefined,
  row: CollectionRow | undefined,
  reasons: readonly string[],
  wanted: string,
): Pin | undefined {
  // Before a swap is finished its collection alone knows.
  const identity = pending?.next.identity;
  const pinned = pending === undefined ? row?.pinned : identity?.pinned;
  if (pinned === undefined || pinned === null) return undefined;
  const generation = (pending === undefined ? row?.generation : identity?.generation) ?? 0;
  if (reasons.length === 0) return { holds: false, generation };
  // Another model than both, or another place: the ordinary replacement takes its course.
  return pinned === wanted && !reasons.includes('target') ? { holds: true, generation } : undefined;
}
