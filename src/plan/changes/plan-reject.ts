/** A document that the gate or its parser refused. */
import { sourceIdOf } from '../../domain/identity.js';
import type { Change, DocumentSide, RefusedVerdict } from '../../domain/plan.js';
import type { DocumentRow } from '../../domain/state-rows.js';
import { NO_EMBEDDING } from '../estimate-embedding.js';
import { readBase } from '../live-view/read-base.js';
import type { PlanContext } from '../plan-context.js';
import { writtenRows } from './base-of-document.js';
import { NO_CHUNKS, sideOf } from './planned-uri.js';

/** What was said of a version that does not become a document. */
export interface Refusal {
  readonly content_sha256: string;
  readonly verdict: RefusedVerdict;
  /** All reasons, the weightiest first. */
  readonly codes: readonly string[];
  readonly detail: string;
  readonly location?: string;
}

/** What a change says of a refusal. */
export function refusedParts({
  verdict,
  codes,
  location,
}: Refusal): Pick<Change, 'verdict' | 'codes' | 'location'> {
  return { verdict, codes, ...(location === undefined ? {} : { location }) };
}

/** A version that never becomes records. */
export function refusedSide(content_sha256: string): DocumentSide {
  return { content_sha256, metadata_sha256: '', chunks: 0 };
}

/** The last good version stays; what an interrupted newer version left beside it goes. */
export async function planReject(
  context: PlanContext,
  uri: string,
  row: DocumentRow | undefined,
  refusal: Refusal,
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
    reasons: [...new Set(resume ? [...refusal.codes, 'intent'] : refusal.codes)].sort(),
    detail: refusal.detail,
    resume,
    moved_from: null,
    before: sideOf(row),
    after: refusedSide(refusal.content_sha256),
    chunks: { ...NO_CHUNKS, keep: row?.n_chunks ?? 0, delete: leftovers },
    embed: NO_EMBEDDING,
    guard: null,
    ...refusedParts(refusal),
  };
}
