/** A document of an index that must be built anew beside the old one. */
import type { Change } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/ports/state.js';
import type { PlanContext } from '../plan-context.js';
import { sideOf } from './planned-uri.js';

/** Unchanged in itself, but the whole index is to be built anew. No file is opened: rows tell the texts. */
export function planReplace(context: PlanContext, row: DocumentRow): Change {
  const { state, manifest, rowsOf, embedding } = context;
  const shas =
    rowsOf === undefined ? [] : state.chunks(rowsOf, manifest.manifest_id, row.uri).map((c) => c.text_sha256);
  const cached = embedding.cache.has(embedding.fingerprint, shas);
  const compute = shas.filter((sha) => !cached.has(sha) && context.scratch.firstSeen(sha)).length;
  return {
    action: 'replace',
    source_id: row.source_id,
    uri: row.uri,
    reasons: [...context.replace].sort(),
    detail: null,
    resume: false,
    moved_from: null,
    before: sideOf(row),
    after: sideOf(row),
    chunks: { add: row.n_chunks, keep: 0, relabel: 0, delete: row.n_chunks },
    embed: { compute, cached: row.n_chunks - compute, tokens: 0, cost: null, seconds: null },
    guard: null,
  };
}
