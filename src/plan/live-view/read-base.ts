/** What live really holds of a document, where recorded rows can't be trusted. */
import type { BaseChunk } from '../../diff/diff-chunks.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import { metadataHash, textIntact } from './compare-records.js';

/** `known` ids have a text they stand for; `others` only need to be seen, to be deleted. */
export async function readBase(
  collection: LiveCollection | undefined,
  known: readonly { readonly chunk_id: string; readonly text_sha256: string }[],
  others: readonly string[],
): Promise<BaseChunk[]> {
  const texts = new Map(known.map((chunk) => [chunk.chunk_id, chunk.text_sha256]));
  const ids = [...new Set([...texts.keys(), ...others])];
  if (collection === undefined || ids.length === 0) return [];
  const records = await collection.get(ids);
  const base: BaseChunk[] = [];
  for (const record of records.values()) {
    const sha = texts.get(record.id);
    base.push({
      id: record.id,
      metadata_sha256: metadataHash(record.metadata),
      text_intact: sha === undefined || textIntact(record, sha),
    });
  }
  return base;
}
