/** A document that is desired and readable: what must be written of it, and what that costs to embed. */
import { decideDocument, type Finding } from '../../diff/decide-document.js';
import { type BaseChunk, diffChunks } from '../../diff/diff-chunks.js';
import type { PreparedDocument } from '../../domain/document.js';
import type { Change } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import { estimateEmbedding, NO_EMBEDDING } from '../estimate-embedding.js';
import type { PlanContext } from '../plan-context.js';
import { baseOf, type UriFindings } from './base-of-document.js';
import { sideOf } from './planned-uri.js';

/** Undefined when the index holds it as desired. */
export async function planWrite(
  context: PlanContext,
  prepared: PreparedDocument,
  row: DocumentRow | undefined,
  findings: UriFindings,
  forced: boolean,
): Promise<Change | undefined> {
  const base = await baseOf(context, prepared, findings);
  const lost = context.live.replaced && context.replacement === undefined && row !== undefined;
  const finding = lost && findings.finding === undefined ? lostIn(base, row) : findings.finding;
  const decision = decideDocument({
    prepared,
    recorded: row,
    base,
    finding,
    resume: findings.resume,
    forced,
  });
  const { replacement } = context;
  if (decision === undefined && replacement === undefined) return undefined;
  const diff = decision?.diff ?? diffChunks(prepared.chunks, base, forced);
  const same = row !== undefined && isSame(prepared, row);
  const reasons = [
    ...new Set([...(decision?.reasons ?? []), ...(row === undefined ? [] : (replacement?.reasons ?? []))]),
  ];
  return {
    action: replacement !== undefined && same ? 'replace' : (decision?.action ?? 'replace'),
    source_id: prepared.source_id,
    uri: prepared.uri,
    reasons: reasons.sort(),
    detail: decision?.detail ?? null,
    resume: findings.resume,
    moved_from: null,
    before: sideOf(row),
    after: {
      content_sha256: prepared.content_sha256,
      metadata_sha256: prepared.metadata_sha256,
      chunks: prepared.chunks.length,
    },
    chunks: {
      add: diff.put.length,
      keep: diff.keep.length,
      relabel: diff.patch.length,
      delete: diff.remove.length,
    },
    embed:
      same && replacement?.sameVectors === true && replacement.old !== undefined
        ? { ...NO_EMBEDDING, cached: diff.put.length }
        : estimateEmbedding(diff.put, context.embedding, context.scratch),
    guard: null,
  };
}

function isSame(prepared: PreparedDocument, row: DocumentRow): boolean {
  return (
    row.content_sha256 === prepared.content_sha256 &&
    row.gate_recipe === prepared.gate_recipe &&
    row.chunk_recipe === prepared.chunk_recipe
  );
}

/** What a collection that was made anew lacks of a document that is recorded for the old one. */
function lostIn(base: readonly BaseChunk[], row: DocumentRow): Finding | undefined {
  const missing = row.n_chunks - base.length;
  return missing <= 0 ? undefined : { missing, tampered: 0, orphans: 0 };
}
