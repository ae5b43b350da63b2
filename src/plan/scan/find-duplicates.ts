/**
 * Content that comes into the index under a second uri: searchers find it twice. Told once, by the plan that brings
 * it; what is in the index already is no news. Costs follow the changes.
 */

import type { Change } from '../../domain/plan.js';
import type { Warning } from '../../domain/warning.js';
import type { PlanContext } from '../plan-context.js';

/** Of one content as many are looked at, to find one that stays. */
const LOOKED_AT = 10;

/** After moves are settled: what moves is there once. */
export function warnOfDuplicates(context: PlanContext): Warning[] {
  const { scratch, manifest } = context;
  let first: { readonly uri: string; readonly other: string } | undefined;
  let documents = 0;
  for (const change of scratch.changes(manifest.manifest_id)) {
    const content = newContent(change);
    const other = content === undefined ? undefined : findOther(context, change, content);
    if (other === undefined) continue;
    documents++;
    first ??= { uri: change.uri, other };
  }
  if (first === undefined) return [];
  return [
    {
      key: 'duplicate-content',
      message:
        documents === 1
          ? `${first.uri} has the content of ${first.other}`
          : `${documents} documents have the content of another, as ${first.uri} of ${first.other}`,
      detail: null,
      functional: false,
    },
  ];
}

/** Undefined where the plan brings no content that was not under this uri before. */
function newContent({ action, before, after }: Change): string | undefined {
  if (action !== 'create' && action !== 'update') return undefined;
  const content = after?.content_sha256;
  return content === before?.content_sha256 ? undefined : content;
}

/** A uri that will have this content as well. Of two that come together the first by order is the other. */
function findOther({ scratch, manifest, state, rowsOf }: PlanContext, { uri }: Change, content: string) {
  const id = manifest.manifest_id;
  for (const other of scratch.urisOfContent(id, content, LOOKED_AT)) {
    const change = scratch.change(id, other);
    if (other < uri && change !== undefined && newContent(change) === content) return other;
    if (change?.action === 'move' && change.after?.content_sha256 === content) return other;
  }
  const recorded = rowsOf === undefined ? [] : state.urisOfContent(rowsOf, id, content, LOOKED_AT);
  return recorded.find((other) => {
    if (other === uri) return false;
    const change = scratch.change(id, other);
    return change === undefined || change.action === 'withheld' || change.after?.content_sha256 === content;
  });
}
