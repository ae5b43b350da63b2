/** The verdict on one document that is desired and readable: what must happen to it, and why. */

import type { Metadata, PreparedDocument } from '../domain/document.js';
import { canonicalJson } from '../domain/hashing.js';
import type { Action } from '../domain/plan.js';
import type { DocumentRow } from '../domain/state-rows.js';
import type { BaseChunk, ChunkDiff } from './diff-chunks.js';
import { diffChunks } from './diff-chunks.js';

/** What live lost or changed of a document, by the level that was looked at. */
export interface Finding {
  readonly missing: number;
  readonly tampered: number;
  readonly orphans: number;
}

export interface DocumentSituation {
  readonly prepared: PreparedDocument;
  /** Undefined: never committed. */
  readonly recorded: DocumentRow | undefined;
  /** What exists: recorded chunk rows, or live's own answer where the rows can't be trusted. */
  readonly base: readonly BaseChunk[];
  /** Undefined: nothing was found wrong at the level looked at. */
  readonly finding: Finding | undefined;
  /** Intents of an earlier run are not cleared: its live content was unknown before it was read. */
  readonly resume: boolean;
  readonly forced: boolean;
}

export interface DocumentDecision {
  readonly action: Extract<Action, 'create' | 'update' | 'repair'>;
  readonly reasons: readonly string[];
  readonly detail: string | null;
  readonly diff: ChunkDiff;
}

/** Undefined when the document is as desired. */
export function decideDocument(situation: DocumentSituation): DocumentDecision | undefined {
  const { prepared, recorded, base, finding, resume, forced } = situation;
  const diff = diffChunks(prepared.chunks, base, forced);
  const reasons = new Set<string>();
  let detail: string | null = null;
  if (recorded === undefined) {
    reasons.add('new');
  } else {
    if (recorded.chunk_recipe !== prepared.chunk_recipe) reasons.add('chunker');
    const metadataChanged = recorded.metadata_sha256 !== prepared.metadata_sha256;
    if (metadataChanged) detail = changedKeys(recorded.metadata, prepared.metadata);
    if (recorded.content_sha256 !== prepared.content_sha256) {
      // A front matter edit changes the file's checksum too: it is a metadata edit when no text changed.
      const textChanged = diff.put.length > 0 || diff.remove.length > 0;
      reasons.add(metadataChanged && !textChanged ? 'metadata' : 'content');
      if (metadataChanged) reasons.add('metadata');
    } else if (metadataChanged) {
      reasons.add('metadata');
    }
    if (recorded.gate_recipe !== prepared.gate_recipe) reasons.add('gate');
  }
  if (finding !== undefined) {
    if (finding.missing > 0) reasons.add('missing-in-index');
    if (finding.tampered > 0) reasons.add('tampered');
    if (finding.orphans > 0) reasons.add('orphan-in-index');
  }
  const changedByDesire =
    reasons.has('new') || ['chunker', 'content', 'metadata', 'gate'].some((r) => reasons.has(r));
  if (resume) reasons.add('intent');
  if (forced) reasons.add('forced');
  if (reasons.size === 0) return undefined;
  const action =
    recorded === undefined ? 'create' : changedByDesire || forced || resume ? 'update' : 'repair';
  return { action, reasons: [...reasons].sort(), detail, diff };
}

/** The metadata keys that differ, as "title, tags"; both sides are flat. */
function changedKeys(before: string, after: Metadata): string | null {
  const old = JSON.parse(before) as Record<string, unknown>;
  const keys = new Set([...Object.keys(old), ...Object.keys(after)]);
  const changed = [...keys].filter(
    (key) => canonicalJson(old[key] ?? null) !== canonicalJson(after[key] ?? null),
  );
  return changed.length === 0 ? null : changed.sort().join(', ');
}

/** Recorded rows as a base: trusted, because nothing says otherwise. */
export function baseFromRows(rows: readonly { chunk_id: string; metadata_sha256: string }[]): BaseChunk[] {
  return rows.map((row) => ({ id: row.chunk_id, metadata_sha256: row.metadata_sha256, text_intact: true }));
}
