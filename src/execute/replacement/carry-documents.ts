/**
 * Documents that stay as they are recorded although nothing can be read of them now (refused, withheld,
 * unreadable, of a manifest that is not loaded): their records are taken over from the old collection.
 */
import { diffChunks } from '../../diff/diff-chunks.js';
import type { Chunk, Metadata, PreparedDocument } from '../../domain/document.js';
import type { Change } from '../../domain/plan.js';
import type { Embedder, EmbeddingCache } from '../../domain/ports/embedder.js';
import type { LiveCollection, LiveRecord } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import { ANCHOR_KEYS, type Anchors } from '../../domain/record.js';
import type { ChunkRow, DocumentRow } from '../../domain/state-rows.js';
import { replaced } from '../../plan/changes/plan-replace.js';
import { metadataHash, textIntact } from '../../plan/live-view/compare-records.js';
import { readBase } from '../../plan/live-view/read-base.js';
import type { IndexRun } from '../index-run.js';
import { seedFromLive } from '../prepare-work.js';
import type { DocumentWork } from '../work.js';
import { writeWorks } from '../write-works.js';

export interface Carried {
  readonly state: StateReader;
  /** Where they are taken from. */
  readonly old: LiveCollection;
  /** Id under which they are recorded: another one, when a restored state does not know `old`. */
  readonly rowsOf: string;
  readonly sameVectors: boolean;
  readonly uris: Iterable<string>;
}

export interface CarryPorts {
  readonly embedder: Embedder;
  readonly cache: EmbeddingCache;
  readonly signal: AbortSignal;
}

/** What is in the new collection already is not written again. */
export async function carryDocuments(run: IndexRun, ports: CarryPorts, carried: Carried): Promise<void> {
  async function* works(signal: AbortSignal): AsyncGenerator<DocumentWork> {
    for (const uri of carried.uris) {
      if (run.stopped()) return;
      const row = carried.state.document(carried.rowsOf, run.manifestId, uri);
      const work = row && (await carry(run, { ...ports, signal }, carried, row));
      if (work !== undefined) yield work;
    }
  }
  await writeWorks(run, works, ports.signal);
}

async function carry(
  run: IndexRun,
  ports: CarryPorts,
  { state, old, rowsOf, sameVectors }: Carried,
  row: DocumentRow,
): Promise<DocumentWork | undefined> {
  const { manifestId, collection } = run;
  const recorded = state.chunks(rowsOf, manifestId, row.uri);
  const records = await old.get(recorded.map((chunk) => chunk.chunk_id));
  const chunks = recorded.flatMap((chunk): Chunk[] => {
    const record = records.get(chunk.chunk_id);
    if (record === undefined || record.text === null || !textIntact(record, chunk.text_sha256)) return [];
    return [{ ...chunkOf(chunk, record.text, record.metadata) }];
  });
  // Lost to live before: there is nothing that could be taken over.
  if (chunks.length === 0) return undefined;
  const there = state.document(collection.id, manifestId, row.uri);
  const staged = there === undefined ? [] : state.chunks(collection.id, manifestId, row.uri);
  const base = await readBase(collection, [...staged, ...recorded], []);
  const diff = diffChunks(chunks, base, false);
  const nothing = diff.put.length + diff.patch.length + diff.remove.length === 0;
  if (nothing && there?.content_sha256 === row.content_sha256 && there.n_chunks === chunks.length) {
    return undefined;
  }
  if (sameVectors) {
    await seedFromLive(
      ports,
      old,
      diff.put,
      recorded.map((chunk) => chunk.chunk_id),
    );
  }
  run.recorder.add({ documents_total: 1 });
  const vectors = ports.embedder.vectors(
    diff.put.map(({ text_sha256, text }) => ({ text_sha256, text })),
    ports.signal,
  );
  vectors.catch(() => {});
  return {
    change: carriedChange(row),
    document: documentOf(row, chunks, chunks.length === recorded.length),
    put: diff.put,
    patch: diff.patch,
    remove: diff.remove,
    moved: undefined,
    existing: new Set(base.map((chunk) => chunk.id)),
    vectors,
    written: [],
    carried: inputOf(records.values(), run.anchorsOf(row.source_id)),
    landed: undefined,
    begun: false,
    failure: undefined,
  };
}

/** Nothing says any more what it was made from: live was changed, or the state was lost since. */
const UNKNOWN = 'unknown';

/** The input that a document was made from: as the first record says that says it, else as it is recorded. */
function inputOf(records: Iterable<LiveRecord>, recorded: Anchors): NonNullable<DocumentWork['carried']> {
  for (const { metadata } of records) {
    const { ingest_batch_id: batch_id, ingest_source_fingerprint: source_fingerprint } = metadata;
    if (typeof batch_id !== 'string' || typeof source_fingerprint !== 'string') continue;
    if (batch_id !== '' && source_fingerprint !== '') return { batch_id, source_fingerprint };
  }
  return {
    batch_id: recorded.batch_id || UNKNOWN,
    source_fingerprint: recorded.source_fingerprint || UNKNOWN,
  };
}

function chunkOf(row: ChunkRow, text: string, live: Metadata): Chunk {
  const anchors: ReadonlySet<string> = new Set(ANCHOR_KEYS);
  const metadata = Object.fromEntries(Object.entries(live).filter(([key]) => !anchors.has(key)));
  return {
    id: row.chunk_id,
    text,
    text_sha256: row.text_sha256,
    ordinal: row.ordinal,
    metadata,
    metadata_sha256: metadataHash(metadata),
  };
}

function documentOf(row: DocumentRow, chunks: readonly Chunk[], whole: boolean): PreparedDocument {
  return {
    uri: row.uri,
    source_id: row.source_id,
    content_sha256: row.content_sha256,
    metadata_sha256: row.metadata_sha256,
    metadata: JSON.parse(row.metadata) as Metadata,
    gate_recipe: row.gate_recipe,
    // No recipe makes a part: whatever comes next is compared chunk by chunk.
    chunk_recipe: whole ? row.chunk_recipe : '',
    chunks,
    warnings: [],
    version: row.version,
  };
}

function carriedChange(row: DocumentRow): Change {
  return replaced(row, ['carried'], { compute: 0, cached: row.n_chunks, tokens: 0, cost: 0, seconds: 0 });
}
