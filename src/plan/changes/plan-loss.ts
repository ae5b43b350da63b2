/** A recorded document that would leave the index: gone, excluded, emptied, no longer accepted. */
import type { Change } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import { NO_EMBEDDING } from '../estimate-embedding.js';
import { readBase } from '../live-view/read-base.js';
import type { PlanContext } from '../plan-context.js';
import { findingOf, type UriFindings, writtenRows } from './base-of-document.js';
import { NO_CHUNKS, PLAIN, type PlannedUri, sideOf } from './planned-uri.js';

/** Recorded, and no longer there: a delete until moves are paired and guards have spoken. */
export async function planLoss(
  context: PlanContext,
  row: DocumentRow,
  why: string | undefined,
): Promise<PlannedUri> {
  const { manifest, preparer, scope } = context;
  if (!scope.inScope(row.uri)) return PLAIN;
  let reason = why;
  if (reason === undefined) {
    const declared = manifest.sources.some((source) => source.id === row.source_id);
    if (!declared) reason = 'source-removed';
    else reason = (await preparer.source(row.source_id).exists(row.uri)) ? 'excluded' : 'gone';
  }
  const found = findingOf(context, row.uri);
  const reasons = found.resume ? [reason, 'intent'].sort() : [reason];
  const change: Change = {
    action: 'delete',
    source_id: row.source_id,
    uri: row.uri,
    reasons,
    detail: null,
    resume: found.resume,
    moved_from: null,
    before: sideOf(row),
    after: null,
    chunks: { ...NO_CHUNKS, delete: await recordsOf(context, row, found) },
    embed: NO_EMBEDDING,
    guard: null,
  };
  return { ...PLAIN, change };
}

/** How many records a delete would delete. */
async function recordsOf(context: PlanContext, row: DocumentRow, found: UriFindings): Promise<number> {
  const { manifest, scratch, live, replacement } = context;
  const written = replacement === undefined ? row.n_chunks : writtenRows(context, row.uri).length;
  if (!found.resume) return written - (found.finding?.missing ?? 0) + found.orphans.length;
  const rows = writtenRows(context, row.uri);
  const others = scratch.findingsOf(manifest.manifest_id, row.uri).map((f) => f.id);
  return (await readBase(live.collection, rows, others)).length;
}
