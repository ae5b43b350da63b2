/** Asks one index a question, as its readers do: embed the text, take the nearest records. */

import { IngestError } from '../../domain/errors.js';
import type { Manifest } from '../../domain/manifest.js';
import type { Embedder } from '../../domain/ports/embedder.js';
import type { LiveCollection, QueryHit } from '../../domain/ports/live.js';
import type { QueryResult, QueryResultHit } from '../../domain/query.js';
import type { PlanningPorts } from '../planning-ports.js';

export type { QueryResult };

export async function searchIndex(
  ports: PlanningPorts,
  embedder: Embedder,
  manifest: Manifest,
  text: string,
  limit: number,
): Promise<QueryResult> {
  const collection = await findBuilt(ports, manifest);
  return {
    collection: manifest.target.collection,
    environment: manifest.environment,
    lexical: !ports.embedding(manifest).semantic,
    hits: await searchCollection({ collection, embedder, manifest, signal: ports.signal }, text, limit),
  };
}

/** What searchers see now. @throws IngestError E407 before the first apply */
export async function findBuilt(ports: PlanningPorts, manifest: Manifest): Promise<LiveCollection> {
  const name = manifest.target.collection;
  const database = await ports.database(manifest);
  const collection = database === 'absent' ? undefined : await database.find(name);
  if (collection !== undefined) return collection;
  throw new IngestError('E407', `collection "${name}" does not exist yet`, {
    kind: 'input',
    advice: `Build it first: ingest apply --env ${manifest.environment}`,
  });
}

/** A collection in hand, under whatever name it is, and what questions to it are embedded with. */
export interface Searchable {
  readonly collection: LiveCollection;
  readonly embedder: Embedder;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
}

/** The nearest chunks of this manifest, best first. */
export async function searchCollection(
  { collection, embedder, manifest, signal }: Searchable,
  text: string,
  limit: number,
): Promise<QueryResultHit[]> {
  const vector = await embedder.query(text, signal);
  const hits = await collection.query(vector, limit, manifest.manifest_id);
  return hits.map((hit) => describeHit(hit, manifest));
}

function describeHit(hit: QueryHit, manifest: Manifest): QueryResultHit {
  const { metadata } = hit;
  const text = (key: string): string => (typeof metadata[key] === 'string' ? metadata[key] : '');
  const line = (key: string): number => (typeof metadata[key] === 'number' ? metadata[key] : 0);
  const instant = (key: string): number | null => (typeof metadata[key] === 'number' ? metadata[key] : null);
  return {
    id: hit.id,
    // Chroma's cosine and ip distances are 1 - similarity; l2 is a squared distance, 0 when equal.
    score: manifest.target.space === 'l2' ? 1 / (1 + hit.distance) : 1 - hit.distance,
    distance: hit.distance,
    uri: text('ingest_uri'),
    line_start: line('ingest_line_start'),
    line_end: line('ingest_line_end'),
    start_ms: instant('ingest_start_ms'),
    end_ms: instant('ingest_end_ms'),
    heading_path: text('ingest_heading_path'),
    text: hit.text ?? '',
  };
}
