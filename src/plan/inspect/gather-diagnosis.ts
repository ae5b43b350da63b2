/** Everything that is known of one document or record: recorded state, its source, live Chroma and the journal. */
import { judgeIncident } from '../../diff/judge-incident.js';
import { nearTexts } from '../../diff/near-texts.js';
import type { DiagnosedChunk, Diagnosis } from '../../domain/diagnosis.js';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { LiveCollection } from '../../domain/ports/live.js';
import type { StateReader } from '../../domain/ports/state.js';
import { readCounters } from '../../domain/run-counters.js';
import type { ChunkRow, IndexRow, RejectRow } from '../../domain/state-rows.js';
import { tamperedParts } from '../live-view/compare-records.js';
import { wrongVectors } from '../live-view/compare-vectors.js';
import type { PlanningPorts } from '../planning-ports.js';
import { locateLive } from '../replacement/locate-live.js';
import { askSource } from './ask-source.js';
import { runOf } from './run-times.js';

interface Subject {
  readonly manifestId: string;
  readonly uri: string;
  readonly chunkId: string | null;
}

const SHORTEST_PREFIX = 4;

/** @throws IngestError E612 when nothing is known of it, or a prefix means several records */
export async function gatherDiagnosis(
  ports: PlanningPorts,
  desired: DesiredState,
  asked: string,
  command: (args: readonly string[]) => string,
): Promise<Diagnosis> {
  const { state } = ports;
  const subject =
    findRecorded(state, asked) ??
    (await findDeclared(ports, desired, asked)) ??
    (await findLive(ports, desired, asked));
  if (subject === undefined) throw unknown(state, asked);
  const { manifestId, uri, chunkId } = subject;
  const index = state.index(manifestId);
  const manifest = desired.manifests.find((one) => one.manifest_id === manifestId);
  const row = index && state.document(index.collection_id, manifestId, uri);
  const reject = state.reject(manifestId, uri);
  const chunks = index === undefined ? [] : state.chunks(index.collection_id, manifestId, uri);
  const last = index?.last_run == null ? undefined : state.run(index.last_run);
  const facts = {
    environment: desired.environment,
    manifest_id: manifestId,
    uri,
    chunk_id: chunkId,
    manifest: await askSource(ports, manifest, index, uri),
    recorded:
      row === undefined
        ? null
        : { content_sha256: row.content_sha256, n_chunks: row.n_chunks, run: runOf(state, row.run_id) },
    reject: reject === undefined ? null : refusalOnRecord(reject),
    checkpoint: readCounters(last).checkpoint ?? null,
    cursor: null,
    open_intents:
      index === undefined
        ? 0
        : state.intentsOf(index.collection_id, manifestId, uri).filter((one) => one.status !== 'unsettled')
            .length,
    coverage: await coverageOf(ports, manifest, index, uri, chunks),
  };
  const { remedy, ...judged } = judgeIncident(facts);
  const history = [...state.journalOf(uri)];
  return { ...facts, ...judged, remedy: remedy === null ? null : command(remedy), history };
}

function refusalOnRecord(row: RejectRow): Diagnosis['reject'] {
  const { verdict, code, codes, reason, location, run_id, first_run } = row;
  return { verdict, code, codes, reason, location, run_id, first_run };
}

/** By its uri, or by the id of a record or an unambiguous beginning of one. */
function findRecorded(state: StateReader, asked: string): Subject | undefined {
  const found: Subject[] = [];
  for (const { manifest_id: manifestId, collection_id: collection } of state.indexes()) {
    const known =
      state.document(collection, manifestId, asked) !== undefined ||
      state.reject(manifestId, asked) !== undefined ||
      state.intentsOf(collection, manifestId, asked).length > 0;
    if (known) return { manifestId, uri: asked, chunkId: null };
    if (asked.length < SHORTEST_PREFIX) continue;
    for (const id of state.sampleChunkIds(collection, asked, 2)) {
      const chunk = id.startsWith(asked) ? state.chunk(collection, id) : undefined;
      if (chunk === undefined || found.some((one) => one.chunkId === id)) continue;
      found.push({ manifestId: chunk.manifest_id, uri: chunk.uri, chunkId: id });
    }
  }
  const exact = found.find((one) => one.chunkId === asked);
  if (exact !== undefined || found.length < 2) return exact ?? found[0];
  throw new IngestError('E612', `several records begin with "${asked}"`, {
    kind: 'input',
    advice: `Say more of the id: ${found.map((one) => one.chunkId).join(', ')}.`,
  });
}

/** What was never applied may be declared all the same. */
async function findDeclared(
  ports: PlanningPorts,
  desired: DesiredState,
  asked: string,
): Promise<Subject | undefined> {
  for (const manifest of desired.manifests) {
    const index = ports.state.index(manifest.manifest_id);
    const { listed } = await askSource(ports, manifest, index, asked);
    const subject = { manifestId: manifest.manifest_id, uri: asked, chunkId: null };
    if (listed !== 'no' && listed !== 'unknown') return subject;
    // Deleted long ago, and its history is still there.
    for (const event of ports.state.journalOf(asked))
      if (event.manifest_id === manifest.manifest_id) return subject;
  }
  return undefined;
}

/**
 * A record that says it is ours, and that nothing recorded explains: by its id, or by the uri that drift names it with.
 * @throws IngestError E612 for a record that does not
 */
async function findLive(
  ports: PlanningPorts,
  desired: DesiredState,
  asked: string,
): Promise<Subject | undefined> {
  let foreign = false;
  for (const manifest of desired.manifests) {
    const index = ports.state.index(manifest.manifest_id);
    const collection = await collectionOf(ports, manifest, index).catch((error: unknown) => {
      if (error instanceof IngestError && error.kind === 'world') return undefined;
      throw error;
    });
    if (collection === undefined) continue;
    const { manifest_id: manifestId } = manifest;
    const record = (await collection.get([asked])).get(asked);
    const { ingest_manifest_id: owner, ingest_uri: uri } = record?.metadata ?? {};
    if (owner === manifestId && typeof uri === 'string') return { manifestId, uri, chunkId: asked };
    foreign ||= record !== undefined;
    if ((await collection.idsOf(manifestId, asked)).length > 0)
      return { manifestId, uri: asked, chunkId: null };
  }
  if (!foreign) return undefined;
  throw new IngestError('E612', `"${asked}" is a foreign record: ingest did not write it`, {
    kind: 'input',
    advice: 'It is left alone, and no repair touches it. `ingest drift --verify ids` lists such records.',
  });
}

async function collectionOf(
  ports: PlanningPorts,
  manifest: Manifest,
  index: IndexRow | undefined,
): Promise<LiveCollection | undefined> {
  const database = await ports.database(manifest);
  if (database === 'absent') return undefined;
  return (await locateLive(database, manifest.target.collection, ports.state, index)).collection;
}

async function coverageOf(
  ports: PlanningPorts,
  manifest: Manifest | undefined,
  index: IndexRow | undefined,
  uri: string,
  rows: readonly ChunkRow[],
): Promise<Diagnosis['coverage']> {
  const all = (live: DiagnosedChunk['live']): DiagnosedChunk[] =>
    rows.map(({ chunk_id, ordinal }) => ({ chunk_id, ordinal, live, parts: [] }));
  const unknownWhy = (reason: string) =>
    ({ live: 'unknown', reason, chunks: all('unknown'), extra: [] }) as const;
  if (manifest === undefined) return unknownWhy('its manifest is not declared here');
  try {
    const collection = await collectionOf(ports, manifest, index);
    if (collection === undefined) return { live: 'ok', reason: null, chunks: all('missing'), extra: [] };
    return { live: 'ok', reason: null, ...(await compare(ports, manifest, collection, index, uri, rows)) };
  } catch (error) {
    if (error instanceof IngestError && error.kind === 'world')
      return unknownWhy(`${error.code} ${error.message}`);
    throw error;
  }
}

async function compare(
  ports: PlanningPorts,
  manifest: Manifest,
  collection: LiveCollection,
  index: IndexRow | undefined,
  uri: string,
  rows: readonly ChunkRow[],
): Promise<Pick<Diagnosis['coverage'], 'chunks' | 'extra'>> {
  const ids = rows.map((row) => row.chunk_id);
  const records = await collection.get(ids);
  const { cache, fingerprint } = ports.embedding(manifest);
  const embedded =
    index === undefined ? undefined : ports.state.collection(index.collection_id)?.embedding_fingerprint;
  const wrong = await wrongVectors(collection, ports.state, [...records.keys()], (texts) =>
    cache.get(embedded ?? fingerprint, texts),
  );
  const chunks = rows.map((row): DiagnosedChunk => {
    const { chunk_id, ordinal } = row;
    const record = records.get(chunk_id);
    if (record === undefined) return { chunk_id, ordinal, live: 'missing', parts: [] };
    const parts = tamperedParts(record, row);
    if (wrong !== 'broken' && wrong.has(chunk_id)) parts.push('vector');
    return { chunk_id, ordinal, live: parts.length === 0 ? 'ok' : 'tampered', parts };
  });
  const known = new Set(ids);
  const there = await collection.idsOf(manifest.manifest_id, uri);
  return { chunks, extra: there.filter((id) => !known.has(id)) };
}

function unknown(state: StateReader, asked: string): IngestError {
  const near = nearTexts(asked, recordedUris(state));
  return new IngestError('E612', `nothing is known of "${asked}"`, {
    kind: 'input',
    advice:
      near.length === 0
        ? 'Give the uri as plan shows it (source/path), or the id of a record or its beginning.'
        : `Did you mean ${near.map((uri) => `"${uri}"`).join(' or ')}?`,
  });
}

function* recordedUris(state: StateReader): Generator<string> {
  for (const { collection_id, manifest_id } of state.indexes()) {
    for (const { uri } of state.documents(collection_id, manifest_id)) yield uri;
  }
}
