/** The chunks of a document that searchers find now: recorded ones, or what live holds where rows can't be trusted. */
import { textSha256 } from '../../domain/identity.js';
import type { Change } from '../../domain/plan.js';
import type { LiveCollection, LiveRecord } from '../../domain/ports/live.js';
import { findingOf } from '../changes/base-of-document.js';
import type { PlanContext } from '../plan-context.js';

export interface OldChunk {
  readonly id: string;
  readonly text_sha256: string;
  readonly ordinal: number;
}

const PAGE = 200;

/** What searchers ask: of an index that is built anew still the old collection. */
export function searched({ replacement, live }: PlanContext): LiveCollection | undefined {
  return replacement === undefined ? live.collection : replacement.old;
}

/** In order of the document. */
export async function oldChunks(context: PlanContext, change: Change): Promise<OldChunk[]> {
  const { state, manifest, rowsOf, live, replacement } = context;
  const uri = change.moved_from ?? change.uri;
  // A collection that is gone holds nothing.
  if (replacement === undefined && live.summary.status === 'missing') return [];
  const rows = rowsOf === undefined ? [] : state.chunks(rowsOf, manifest.manifest_id, uri);
  const found = [...new Set([uri, change.uri])].map((one) => findingOf(context, one));
  const others = found.flatMap(({ orphans, intended }) => [...orphans, ...intended]);
  const doubted = live.replaced || found.some(({ finding, resume }) => finding !== undefined || resume);
  const collection = searched(context);
  const chunks =
    doubted && collection !== undefined
      ? await foundIn(collection, [...new Set([...rows.map((row) => row.chunk_id), ...others])])
      : rows.map(({ chunk_id, text_sha256, ordinal }) => ({ id: chunk_id, text_sha256, ordinal }));
  return chunks.sort((a, b) => a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1));
}

/** By what their text is, not by what it should be. No text is kept. */
async function foundIn(collection: LiveCollection, ids: readonly string[]): Promise<OldChunk[]> {
  const chunks: OldChunk[] = [];
  for (let i = 0; i < ids.length; i += PAGE) {
    for (const record of (await collection.get(ids.slice(i, i + PAGE))).values()) {
      chunks.push({
        id: record.id,
        text_sha256: textSha256(record.text ?? ''),
        ordinal: numberOf(record, 'ingest_ordinal') ?? Number.MAX_SAFE_INTEGER,
      });
    }
  }
  return chunks;
}

export function numberOf({ metadata }: LiveRecord, key: string): number | undefined {
  const value = metadata[key];
  return typeof value === 'number' ? value : undefined;
}
