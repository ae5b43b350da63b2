/** What exists of a document before it is changed: the same answer for plan and apply. */
import { baseFromRows, type Finding } from '../../diff/decide-document.js';
import type { BaseChunk } from '../../diff/diff-chunks.js';
import type { PreparedDocument } from '../../domain/document.js';
import type { ChunkRow } from '../../domain/state-rows.js';
import { readBase } from '../live-view/read-base.js';
import type { PlanContext } from '../plan-context.js';

/** The recorded chunks of a document in the collection that is written to. */
export function writtenRows({ state, manifest, writesTo }: PlanContext, uri: string): readonly ChunkRow[] {
  return writesTo === undefined ? [] : state.chunks(writesTo, manifest.manifest_id, uri);
}

/** What live and unfinished runs say about one uri. */
export interface UriFindings {
  readonly finding: Finding | undefined;
  readonly resume: boolean;
  readonly orphans: readonly string[];
  /** Record ids of uncleared intents. */
  readonly intended: readonly string[];
}

export function findingOf(context: PlanContext, uri: string): UriFindings {
  const found = context.scratch.findingsOf(context.manifest.manifest_id, uri);
  const of = (kind: string): string[] => found.filter((f) => f.kind === kind).map((f) => f.id);
  const missing = of('missing').length;
  const tampered = of('tampered').length;
  const orphans = of('orphan');
  const intended = of('resume');
  const any = missing + tampered + orphans.length > 0;
  return {
    finding: any ? { missing, tampered, orphans: orphans.length } : undefined,
    resume: intended.length > 0,
    orphans,
    intended,
  };
}

/**
 * Recorded rows where they can be trusted; live's own answer after an interruption or in another
 * collection. With --verify off nothing is asked: then everything an interrupted run may have touched is
 * written again.
 */
export async function baseOf(
  context: PlanContext,
  prepared: PreparedDocument,
  findings: UriFindings,
): Promise<BaseChunk[]> {
  const { live, manifest, scratch } = context;
  const rows = writtenRows(context, prepared.uri);
  const others = [...findings.orphans, ...findings.intended];
  if (findings.resume && live.summary.status === 'not-checked') {
    const ids = new Set([...rows.map((row) => row.chunk_id), ...others]);
    return [...ids].map((id) => ({ id, metadata_sha256: '', text_intact: false }));
  }
  if (findings.resume || live.replaced) {
    const desired = prepared.chunks.map((chunk) => ({ chunk_id: chunk.id, text_sha256: chunk.text_sha256 }));
    return readBase(live.collection, [...rows, ...desired], others);
  }
  const found = new Map(scratch.findingsOf(manifest.manifest_id, prepared.uri).map((f) => [f.id, f.kind]));
  const base = baseFromRows(rows)
    .filter((chunk) => found.get(chunk.id) !== 'missing')
    .map((chunk) => (found.get(chunk.id) === 'tampered' ? { ...chunk, text_intact: false } : chunk));
  for (const id of findings.orphans) base.push({ id, metadata_sha256: '', text_intact: true });
  return base;
}
