/** Counts, by source, what of an index survives a plan: the documents that change, and those that do not. */
import type { Change, Plan, PlanIndex } from '../domain/plan.js';
import type { StateReader } from '../domain/ports/state.js';
import type { WhatIfChunks, WhatIfIndex, WhatIfReport } from '../domain/what-if.js';
import { addKnown } from './summarise.js';

type Counts = { -readonly [K in keyof WhatIfChunks]: WhatIfChunks[K] };

export function summariseWhatIf(plan: Plan, state: StateReader, overrides: readonly string[]): WhatIfReport {
  return { overrides, indexes: plan.indexes.map((index) => countIndex(index, state)) };
}

function countIndex(index: PlanIndex, state: StateReader): WhatIfIndex {
  const { manifest_id, pinned } = index.header;
  const sources = new Map<string, Counts>();
  const of = (id: string): Counts => {
    const known = sources.get(id) ?? zero();
    sources.set(id, known);
    return known;
  };
  for (const { source_id } of index.header.sources) of(source_id);
  const row = state.index(manifest_id);
  if (pinned !== undefined) {
    const now = row === undefined ? 0 : state.counts(row.collection_id, manifest_id).chunks;
    return { manifest_id, pinned, ...zero(), chunks_now: now, sources: [] };
  }
  // As if nothing changed; then every change takes away what it does not keep.
  for (const { source_id, n_chunks } of row === undefined
    ? []
    : state.documents(row.collection_id, manifest_id)) {
    const counts = of(source_id);
    counts.chunks_now += n_chunks;
    counts.keep += n_chunks;
  }
  for (const change of index.changes()) add(of(change.source_id), change);
  for (const counts of sources.values()) counts.chunks_then = counts.keep + counts.cached + counts.compute;
  const total = [...sources.values()].reduce(sum, zero());
  return {
    manifest_id,
    ...total,
    sources: [...sources].map(([source_id, counts]) => ({ source_id, ...counts })),
  };
}

/** What is withheld or refused stays as it is. */
const STAYS: ReadonlySet<Change['action']> = new Set(['withheld', 'reject']);

function add(counts: Counts, { action, before, chunks, embed }: Change): void {
  if (STAYS.has(action)) return;
  // Of a document that moves, its chunks are counted where they go.
  counts.keep += (action === 'replace' ? 0 : chunks.keep) - (before?.chunks ?? 0);
  counts.cached += embed.cached;
  counts.compute += embed.compute;
  counts.tokens += embed.tokens;
  counts.cost = addKnown(counts.cost, embed.cost);
}

function sum(a: Counts, b: Counts): Counts {
  return {
    chunks_now: a.chunks_now + b.chunks_now,
    chunks_then: a.chunks_then + b.chunks_then,
    keep: a.keep + b.keep,
    cached: a.cached + b.cached,
    compute: a.compute + b.compute,
    tokens: a.tokens + b.tokens,
    cost: addKnown(a.cost, b.cost),
  };
}

function zero(): Counts {
  return { chunks_now: 0, chunks_then: 0, keep: 0, cached: 0, compute: 0, tokens: 0, cost: 0 };
}
