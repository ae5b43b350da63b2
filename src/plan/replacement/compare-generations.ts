/** How the documents of two generations of one collection differ, by what is recorded of them. */

import type { StateReader } from '../../domain/ports/state.js';
import type { RollbackIndex } from '../../domain/rollback.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import { compareUtf8 } from '../../domain/text.js';

/** Of every index that searchers find in `now`, and of those that only `then` holds. */
export function compareGenerations(state: StateReader, now: string, then: string): RollbackIndex[] {
  return state
    .indexes()
    .filter((index) => index.collection_id === now)
    .map(({ manifest_id }) => compareIndex(state, manifest_id, now, then));
}

function compareIndex(state: StateReader, manifestId: string, now: string, then: string): RollbackIndex {
  const counts = { older: 0, absent: 0, back: 0 };
  for (const [ours, theirs] of pairs(state.documents(now, manifestId), state.documents(then, manifestId))) {
    if (theirs === undefined) counts.absent++;
    else if (ours === undefined) counts.back++;
    else if (ours.content_sha256 !== theirs.content_sha256) counts.older++;
  }
  return {
    manifest_id: manifestId,
    documents_now: state.counts(now, manifestId).documents,
    documents_then: state.counts(then, manifestId).documents,
    ...counts,
  };
}

type Pair = readonly [DocumentRow | undefined, DocumentRow | undefined];

/** Both come in uri order. */
function* pairs(a: Iterable<DocumentRow>, b: Iterable<DocumentRow>): Generator<Pair> {
  const [left, right] = [a[Symbol.iterator](), b[Symbol.iterator]()];
  let [one, other] = [left.next(), right.next()];
  while (one.done !== true || other.done !== true) {
    const order =
      one.done === true ? 1 : other.done === true ? -1 : compareUtf8(one.value.uri, other.value.uri);
    yield [
      order > 0 || one.done === true ? undefined : one.value,
      order < 0 || other.done === true ? undefined : other.value,
    ];
    if (order <= 0) one = left.next();
    if (order >= 0) other = right.next();
  }
}
