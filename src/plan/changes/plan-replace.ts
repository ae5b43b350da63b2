/** A document that is unchanged in itself, of an index that is built anew. No file is opened: rows tell the texts. */
import type { Change, EmbedEstimate } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import { estimateUnread } from '../estimate-embedding.js';
import type { PlanContext, Replacement } from '../plan-context.js';
import { sideOf } from './planned-uri.js';

/** Its vectors are wanted as they are: from the cache, or read back from the old collection. */
export function planReplace(context: PlanContext, row: DocumentRow, replacement: Replacement): Change {
  const { state, manifest, rowsOf, embedding } = context;
  let compute = 0;
  if (replacement.old === undefined) {
    const shas =
      rowsOf === undefined
        ? []
        : state.chunks(rowsOf, manifest.manifest_id, row.uri).map((c) => c.text_sha256);
    const cached = embedding.cache.has(embedding.fingerprint, shas);
    compute = shas.filter((sha) => !cached.has(sha) && context.scratch.firstSeen(sha)).length;
  }
  const estimate = estimateUnread(compute, row.n_chunks - compute, embedding);
  return replaced(row, [...replacement.reasons].sort(), estimate);
}

/** All its chunks are made anew, and it stays what it is. */
export function replaced(row: DocumentRow, reasons: Change['reasons'], embed: EmbedEstimate): Change {
  return {
    action: 'replace',
    source_id: row.source_id,
    uri: row.uri,
    reasons,
    detail: null,
    resume: false,
    moved_from: null,
    before: sideOf(row),
    after: sideOf(row),
    chunks: { add: row.n_chunks, keep: 0, relabel: 0, delete: 0 },
    embed,
    guard: null,
  };
}
