/**
 * Content that comes into the index under a second uri: searchers find it twice. Told once, by the plan that brings
 * it; what is in the index already is no news. Costs follow the changes.
 */
import type { Change } from '../../domain/plan.js';
import { compareUtf8 } from '../../domain/text.js';
import type { Warning } from '../../domain/warning.js';
import type { PlanContext } from '../plan-context.js';

/** Of one content as many are looked at, to find one that stays. */
const LOOKED_AT = 10;

/** The first uris that have one content. */
interface Alike {
  readonly changed: readonly string[];
  readonly recorded: readonly string[];
}

/** After moves are settled: what moves is there once. */
export function warnOfDuplicates(context: PlanContext): Warning[] {
  const { scratch, manifest, state, rowsOf } = context;
  const id = manifest.manifest_id;
  const byContent = scratch.changesByContent(id);
  let first: { readonly uri: string; readonly other: string } | undefined;
  let documents = 0;
  for (const { content, uri, times } of byContent.contents(rowsOf === undefined ? 2 : 1)) {
    const recorded = rowsOf === undefined ? [] : state.urisOfContent(rowsOf, id, content, LOOKED_AT);
    // Nearly every content is that of one document.
    if (times === 1 && recorded.every((other) => other === uri)) continue;
    const alike = { changed: take(byContent.uris(content), LOOKED_AT), recorded };
    for (const each of byContent.uris(content)) {
      const other = findOther(context, each, content, alike);
      if (other === undefined) continue;
      documents++;
      if (first === undefined || compareUtf8(each, first.uri) < 0) first = { uri: each, other };
    }
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

function take<T>(items: Iterable<T>, most: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === most) break;
  }
  return taken;
}

/** Undefined where the plan brings no content that was not under this uri before. */
function newContent(change: Change | undefined): string | undefined {
  if (change?.action !== 'create' && change?.action !== 'update') return undefined;
  const content = change.after?.content_sha256;
  return content === change.before?.content_sha256 ? undefined : content;
}

/** A uri that will have this content as well. Of two that come together the first by order is the other. */
function findOther(
  { scratch, manifest }: PlanContext,
  uri: string,
  content: string,
  { changed, recorded }: Alike,
): string | undefined {
  const id = manifest.manifest_id;
  if (newContent(scratch.change(id, uri)) !== content) return undefined;
  for (const other of changed) {
    const change = scratch.change(id, other);
    if (compareUtf8(other, uri) < 0 && newContent(change) === content) return other;
    if (change?.action === 'move' && change.after?.content_sha256 === content) return other;
  }
  return recorded.find((other) => {
    if (other === uri) return false;
    const change = scratch.change(id, other);
    return change === undefined || change.action === 'withheld' || change.after?.content_sha256 === content;
  });
}
