/** Chunks with identity: ids, hashes and the metadata that every record carries. */
import type { Chunk, Metadata, ParsedText, TextChunk } from '../domain/document.js';
import { structureHash } from '../domain/hashing.js';
import { chunkId, textSha256 } from '../domain/identity.js';
import { hasToken } from './character-classes.js';
import { locateChunk } from './locate-chunk.js';

export interface ChunkOrigin {
  readonly manifestId: string;
  readonly uri: string;
  readonly chunks: readonly TextChunk[];
  /** Where the chunked text stands in the file. */
  readonly place: Pick<ParsedText, 'first_line' | 'line_ranges' | 'page_starts' | 'times'>;
  /** The user's, flat. */
  readonly documentMetadata: Metadata;
  readonly contentSha256: string;
  readonly chunkRecipe: string;
  readonly gateRecipe: string;
  /** Of a record of a source with a cursor. */
  readonly version: string | undefined;
}

/**
 * Chunks without a token are not made and not counted. The reserved keys are always the same set, so
 * that a patch overwrites every one of them; the anchors are added when the record is written.
 */
export function identifyChunks(origin: ChunkOrigin): Chunk[] {
  const made = origin.chunks.filter((chunk) => hasToken(chunk.text));
  const occurrences = new Map<string, number>();
  return made.map((chunk, ordinal) => {
    const text_sha256 = textSha256(chunk.text);
    const occurrence = occurrences.get(text_sha256) ?? 0;
    occurrences.set(text_sha256, occurrence + 1);
    const place = locateChunk(chunk, origin.place);
    const metadata: Metadata = {
      ...origin.documentMetadata,
      ingest_manifest_id: origin.manifestId,
      ingest_uri: origin.uri,
      ingest_content_sha256: origin.contentSha256,
      ingest_text_sha256: text_sha256,
      ingest_chunk_recipe: origin.chunkRecipe,
      ingest_gate_recipe: origin.gateRecipe,
      ingest_ordinal: ordinal,
      ingest_n_chunks: made.length,
      ingest_line_start: place.line_start,
      ingest_line_end: place.line_end,
      ingest_heading_path: place.heading_path.join(' > '),
      ...(place.time_start === undefined ? {} : { ingest_start_ms: place.time_start }),
      ...(place.time_end === undefined ? {} : { ingest_end_ms: place.time_end }),
      ...(origin.version === undefined ? {} : { ingest_version: origin.version }),
    };
    return {
      id: chunkId(origin.manifestId, origin.uri, text_sha256, occurrence),
      text: chunk.text,
      text_sha256,
      ordinal,
      metadata,
      metadata_sha256: structureHash(metadata),
    };
  });
}
