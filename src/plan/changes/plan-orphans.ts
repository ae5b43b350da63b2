/** Records without a document: what an interrupted run or somebody's hand left under one of our uris. */
import { sourceIdOf } from '../../domain/identity.js';
import type { Change } from '../../domain/plan.js';
import { NO_EMBEDDING } from '../estimate-embedding.js';
import { readBase } from '../live-view/read-base.js';
import type { PlanContext } from '../plan-context.js';
import { writtenRows } from './base-of-document.js';
import { NO_CHUNKS } from './planned-uri.js';

/** Records of ours that no recorded document explains. */
export async function planOrphans(context: PlanContext, uri: string): Promise<Change | undefined> {
  if (!context.scope.inScope(uri)) return undefined;
  const { scratch, manifest, live } = context;
  const found = scratch
    .findingsOf(manifest.manifest_id, uri)
    .filter((f) => f.kind === 'orphan' || f.kind === 'resume');
  // A replacement that was begun before the document went: what was built of it is in nobody's way, but too much.
  const staged = context.replacement === undefined ? [] : writtenRows(context, uri);
  if (found.length + staged.length === 0) return undefined;
  const resume = found.some((f) => f.kind === 'resume');
  const ids = [...found.map((f) => f.id), ...staged.map((chunk) => chunk.chunk_id)];
  const existing = await readBase(live.collection, [], [...new Set(ids)]);
  if (existing.length + staged.length === 0 && !resume) return undefined;
  return {
    action: 'repair',
    source_id: sourceIdOf(uri),
    uri,
    reasons: resume ? ['intent', 'orphan-in-index'] : ['orphan-in-index'],
    detail: null,
    resume,
    moved_from: null,
    before: null,
    after: null,
    chunks: { ...NO_CHUNKS, delete: existing.length },
    embed: NO_EMBEDDING,
    guard: null,
  };
}
