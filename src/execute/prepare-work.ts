/** Turns a planned change into work: read again, check that it is what was planned, diff, ask for vectors. */
import { diffChunks } from '../diff/diff-chunks.js';
import type { Chunk } from '../domain/document.js';
import { IngestError } from '../domain/errors.js';
import type { Change } from '../domain/plan.js';
import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';
import type { LandingStore } from '../domain/ports/landing.js';
import type { LiveCollection } from '../domain/ports/live.js';
import { baseOf, findingOf, writtenRows } from '../plan/changes/base-of-document.js';
import { textIntact } from '../plan/live-view/compare-records.js';
import { readBase } from '../plan/live-view/read-base.js';
import type { PlanContext } from '../plan/plan-context.js';
import { land } from './land-inputs.js';
import type { DocumentWork, PreparedFailure } from './work.js';

export interface PrepareDeps {
  readonly context: PlanContext;
  readonly collection: LiveCollection;
  readonly embedder: Embedder;
  readonly cache: EmbeddingCache;
  readonly landing: LandingStore;
  readonly runId: string;
  readonly signal: AbortSignal;
}

export async function prepareWork(
  deps: PrepareDeps,
  change: Change,
): Promise<DocumentWork | PreparedFailure> {
  const { context, embedder, signal } = deps;
  const { scratch, manifest, preparer, scope, replacement } = context;
  const entry = scratch.entry(manifest.manifest_id, change.uri);
  if (entry === undefined)
    return { change, failure: 'the plan does not say where this document is read from' };
  const preparation = await preparer.prepare(entry);
  if (preparation.kind === 'unreadable') return { change, failure: preparation.message };
  if (
    preparation.kind !== 'document' ||
    preparation.document.content_sha256 !== change.after?.content_sha256 ||
    preparation.document.metadata_sha256 !== change.after.metadata_sha256
  ) {
    return { change, failure: 'changed since it was planned; run again' };
  }
  const { document, landable } = preparation;
  // Before anything of it is written to Chroma: what is in the index can be read again.
  const landed = await land(
    { manifest, landing: deps.landing, runId: deps.runId },
    entry,
    document.content_sha256,
    landable,
  );
  const base = await baseOf(context, document, findingOf(context, change.uri));
  const diff = diffChunks(document.chunks, base, scope.forced(change.uri));
  const moved = change.moved_from === null ? undefined : await movedFrom(deps, change.moved_from);
  if (moved !== undefined) await seedFromLive(deps, deps.collection, diff.put, moved.ids);
  if (replacement?.sameVectors === true) await seedFromOld(deps, replacement.old, diff.put, change);
  const vectors = embedder.vectors(
    diff.put.map(({ text_sha256, text }) => ({ text_sha256, text })),
    signal,
  );
  // Awaited in plan order, maybe much later: a failure in between is not an unhandled one.
  vectors.catch(() => {});
  return {
    change,
    document,
    put: diff.put,
    patch: diff.patch,
    remove: diff.remove,
    moved,
    existing: new Set(base.map((chunk) => chunk.id)),
    vectors,
    written: [],
    carried: undefined,
    landed,
    begun: false,
    failure: undefined,
  };
}

/** Every record of the old uri: recorded ones, orphans, and what an unfinished run may have left. */
async function movedFrom(deps: PrepareDeps, uri: string): Promise<{ uri: string; ids: string[] }> {
  const rows = writtenRows(deps.context, uri);
  return {
    uri,
    ids: await recordsToDelete(
      deps.context,
      deps.collection,
      rows.map((r) => r.chunk_id),
      uri,
    ),
  };
}

/** Recorded ids, plus those that only live or intents know of. */
export async function recordsToDelete(
  context: PlanContext,
  collection: LiveCollection,
  recorded: readonly string[],
  uri: string,
): Promise<string[]> {
  const found = findingOf(context, uri);
  const others = [...found.orphans, ...found.intended];
  if (others.length === 0) return [...recorded];
  const existing = await readBase(collection, [], others);
  return [...new Set([...recorded, ...existing.map((chunk) => chunk.id)])];
}

/** Of an index that is built anew: the old collection has its records under the same ids, a move under others. */
async function seedFromOld(
  deps: PrepareDeps,
  old: LiveCollection | undefined,
  puts: readonly Chunk[],
  { uri, moved_from }: Change,
): Promise<void> {
  const { state, manifest, rowsOf } = deps.context;
  if (old === undefined || rowsOf === undefined) return;
  const rows = state.chunks(rowsOf, manifest.manifest_id, moved_from ?? uri);
  await seedFromLive(
    deps,
    old,
    puts,
    rows.map((row) => row.chunk_id),
  );
}

/**
 * Vectors that the cache lost but live still has (a moved document's old records) are taken from there:
 * same fingerprint, same text, so the same vector, for nothing. The text is checked before it is trusted.
 */
export async function seedFromLive(
  deps: Pick<PrepareDeps, 'cache' | 'embedder'>,
  collection: LiveCollection,
  puts: readonly Chunk[],
  from: readonly string[],
): Promise<void> {
  if (from.length === 0 || puts.length === 0) return;
  const { cache, embedder } = deps;
  const wanted = new Set(puts.map((chunk) => chunk.text_sha256));
  for (const sha of cache.has(embedder.fingerprint, [...wanted])) wanted.delete(sha);
  if (wanted.size === 0) return;
  cache.put(embedder.fingerprint, await vectorsOf(collection, from, wanted));
}

/** By text. None when Chroma fails to read them: then they are embedded. */
async function vectorsOf(
  collection: LiveCollection,
  ids: readonly string[],
  wanted: ReadonlySet<string>,
): Promise<Map<string, Float32Array>> {
  const shaOf = new Map<string, string>();
  const vectors = new Map<string, Float32Array>();
  try {
    for (const record of (await collection.get(ids)).values()) {
      const sha = record.metadata['ingest_text_sha256'];
      if (typeof sha === 'string' && wanted.has(sha) && textIntact(record, sha)) shaOf.set(record.id, sha);
    }
    for (const [id, vector] of await collection.vectors([...shaOf.keys()])) {
      const sha = shaOf.get(id);
      if (sha !== undefined && vector.every(Number.isFinite)) vectors.set(sha, vector);
    }
  } catch (error) {
    if (!(error instanceof IngestError && error.code === 'E411')) throw error;
  }
  return vectors;
}
