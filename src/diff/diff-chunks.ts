/** diff/ decides and does nothing else: no clock, no randomness, no IO. Same inputs, same answer. */
import type { Chunk } from '../domain/document.js';

/** A record that exists, as far as the base knows: recorded rows, or what live answered. */
export interface BaseChunk {
  readonly id: string;
  /** Hash of its metadata without anchors. */
  readonly metadata_sha256: string;
  /** False when its text is not the one its id stands for: it must be written again. */
  readonly text_intact: boolean;
}

/** Every desired chunk is in put or keep; patch is the part of keep whose metadata differs. */
export interface ChunkDiff {
  readonly put: readonly Chunk[];
  readonly keep: readonly Chunk[];
  readonly patch: readonly Chunk[];
  readonly remove: readonly string[];
}

/** Joins by id, never by position. `force` writes every desired chunk again. */
export function diffChunks(desired: readonly Chunk[], base: readonly BaseChunk[], force: boolean): ChunkDiff {
  const existing = new Map(base.map((chunk) => [chunk.id, chunk]));
  const put: Chunk[] = [];
  const keep: Chunk[] = [];
  const patch: Chunk[] = [];
  for (const chunk of desired) {
    const before = existing.get(chunk.id);
    existing.delete(chunk.id);
    if (before === undefined || !before.text_intact || force) {
      put.push(chunk);
      continue;
    }
    keep.push(chunk);
    if (before.metadata_sha256 !== chunk.metadata_sha256) patch.push(chunk);
  }
  return { put, keep, patch, remove: [...existing.keys()].sort() };
}
