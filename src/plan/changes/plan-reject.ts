/** A document that the gate or its parser refused. */
import { sourceIdOf } from '../../domain/identity.js';
import type { Change, DocumentSide } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/ports/state.js';
import { NO_EMBEDDING } from '../estimate-embedding.js';
import { readBase } from '../live-view/read-base.js';
import type { PlanContext } from '../plan-context.js';
import { writtenRows } from './base-of-document.js';
import { NO_CHUNKS, sideOf } from './planned-uri.js';

/** A version that never becomes records. */
export function refusedSide(content_sha256: string): DocumentSide {
  return { content_sha256, metadata_sha256: '', chunks: 0 };
}

/** The last good version stays; what an interrupted newer version left beside it goes. */
export async function planReject(
  context: PlanContext,
  uri: string,
  row: DocumentRow | undefined,
  reject: { content_sha256: string; code: string; detail: string },
  resume: boolean,
): Promise<Change> {
  let leftovers = 0;
  if (resume) {
    const { scratch, manifest, live } = context;
    const rows = writtenRows(context, uri).map((chunk) => chunk.chunk_id);
    const kept = new Set(row === undefined ? [] : rows);
    const ids = [...scratch.findingsOf(manifest.manifest_id, uri).map((f) => f.id), ...rows];
    leftovers = (await readBase(live.collection, [], [...new Set(ids)])).filter(
      (c) => !kept.has(c.id),
    ).length;
  }
  return {
    action: 'reject',
    source_id: sourceIdOf(uri),
    uri,
    reasons: resume ? [reject.code, 'intent'].sort() : [reject.code],
    detail: reject.detail,
    resume,
    moved_from: null,
    before: sideOf(row),
    after: refusedSide(reject.content_sha256),
    chunks: { ...NO_CHUNKS, keep: row?.n_chunks ?? 0, delete: leftovers },
    embed: NO_EMBEDDING,
    guard: null,
  };
}
