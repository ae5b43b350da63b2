/** Builders, so that each test says only what differs. */
import type { Chunk, Metadata, PreparedDocument } from '../../../src/domain/document.js';
import { canonicalJson, structureHash } from '../../../src/domain/hashing.js';
import { chunkId, contentSha256, textSha256 } from '../../../src/domain/identity.js';
import type { DocumentRow } from '../../../src/domain/state-rows.js';

export function chunk(text: string, metadata: Metadata = {}): Chunk {
  const text_sha256 = textSha256(text);
  const stored = { ...metadata, ingest_text_sha256: text_sha256 };
  return {
    id: chunkId('docs', 'h/a.md', text_sha256, 0),
    text,
    text_sha256,
    ordinal: 0,
    metadata: stored,
    metadata_sha256: structureHash(stored),
  };
}

export function prepared(
  texts: readonly string[],
  metadata: Metadata = {},
  overrides: Partial<PreparedDocument> = {},
): PreparedDocument {
  return {
    uri: 'h/a.md',
    source_id: 'h',
    content_sha256: contentSha256(canonicalJson([texts, metadata])),
    metadata_sha256: structureHash(metadata),
    metadata,
    gate_recipe: 'gate-1',
    chunk_recipe: 'chunk-1',
    chunks: texts.map((text) => chunk(text, metadata)),
    warnings: [],
    version: null,
    ...overrides,
  };
}

/** The row that committing this document writes. */
export function rowOf(document: PreparedDocument): DocumentRow {
  return {
    uri: document.uri,
    source_id: document.source_id,
    content_sha256: document.content_sha256,
    metadata_sha256: document.metadata_sha256,
    metadata: canonicalJson(document.metadata),
    gate_recipe: document.gate_recipe,
    chunk_recipe: document.chunk_recipe,
    n_chunks: document.chunks.length,
    run_id: '01RUN',
    version: document.version,
  };
}
