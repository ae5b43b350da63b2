/**
 * Takes the vectors of a collection that another tool filled into the embedding cache, after a few of them were
 * computed anew and compared. Chroma and the recorded state are only read: what is built from them is a plan's matter.
 */
import { IngestError } from '../domain/errors.js';
import { textSha256 } from '../domain/identity.js';
import type { Embedder, EmbeddingCache } from '../domain/ports/embedder.js';
import type { LiveCollection, LiveRecord } from '../domain/ports/live.js';
import type { AdoptedVectors } from '../domain/state-reports.js';
import { textOf } from '../plan/adopt/compare-documents.js';

export interface AdoptVectorsPorts {
  readonly cache: EmbeddingCache;
  /** Computes, and remembers nothing: what is compared must be new. */
  readonly embedder: Embedder;
  readonly signal: AbortSignal;
}

/** Texts that are embedded again; spread over the collection. */
const SAMPLE = 5;
const SLICE = 500;
/** Of one model on another machine, or by way of half precision; another model is far below. */
const MIN_COSINE = 0.999;
const MAX_NORM_RATIO = 1.01;

/** `textFrom`: the metadata key that has a record's text; undefined: its document. @throws IngestError E508 */
export async function adoptVectors(
  { cache, embedder, signal }: AdoptVectorsPorts,
  collection: LiveCollection,
  textFrom: string | undefined,
): Promise<AdoptedVectors> {
  const textIn = (record: LiveRecord): string | undefined => textOf(record, textFrom);
  const { verified, dimension } = await verifySample(embedder, collection, textIn, signal);
  const tally = { records: 0, without_text: 0, taken: 0, known: 0 };
  for await (const page of collection.ids()) {
    for (let i = 0; i < page.length; i += SLICE) {
      signal.throwIfAborted();
      const found = await read(collection, page.slice(i, i + SLICE), textIn);
      tally.records += found.records;
      tally.without_text += found.records - found.vectors.size;
      for (const sha of cache.has(embedder.fingerprint, [...found.bySha.keys()])) {
        found.bySha.delete(sha);
        tally.known++;
      }
      for (const vector of found.bySha.values()) mustHave(dimension, vector, collection.name);
      cache.put(embedder.fingerprint, found.bySha);
      tally.taken += found.bySha.size;
    }
  }
  return { collection: collection.name, dimension, verified, ...tally };
}

async function verifySample(
  embedder: Embedder,
  collection: LiveCollection,
  textOf: (record: LiveRecord) => string | undefined,
  signal: AbortSignal,
): Promise<{ verified: number; dimension: number }> {
  const ids: string[] = [];
  for await (const page of collection.ids()) ids.push(...page);
  const spread = Array.from({ length: SAMPLE }, (_, i) => ids[Math.floor((i * ids.length) / SAMPLE)]);
  const chosen = [...new Set(spread)].filter((id) => id !== undefined);
  const { vectors } = await read(collection, chosen, textOf);
  const [first] = vectors.values();
  if (first === undefined) {
    throw refused(
      `none of the records of "${collection.name}" that were looked at has a text`,
      'Say with --text-from which metadata key has it.',
    );
  }
  const requests = [...vectors.keys()].map((text) => ({ text, text_sha256: textSha256(text) }));
  const { vectors: computed, failures } = await embedder.vectors(requests, signal);
  if (failures[0] !== undefined) throw failures[0].error;
  for (const { text, text_sha256 } of requests) {
    const theirs = vectors.get(text);
    const now = computed.get(text_sha256);
    if (theirs === undefined || now === undefined) continue;
    mustHave(now.length, theirs, collection.name);
    if (!alike(theirs, now)) {
      throw refused(
        `a vector of "${collection.name}" is not what this model computes for its text`,
        'Give the model, prefixes and dimensions that it was built with in the manifest. If the other tool embedded more than the text (LlamaIndex puts file_path before it), they are of no use: let the plan embed everything.',
      );
    }
  }
  return { verified: requests.length, dimension: first.length };
}

/** Vectors by text, and by the hash under which the cache has them. */
async function read(
  collection: LiveCollection,
  ids: readonly string[],
  textOf: (record: LiveRecord) => string | undefined,
): Promise<{ records: number; vectors: Map<string, Float32Array>; bySha: Map<string, Float32Array> }> {
  const records = await collection.get(ids);
  const stored = await collection.vectors([...records.keys()]);
  const vectors = new Map<string, Float32Array>();
  for (const [id, record] of records) {
    const text = textOf(record);
    const vector = stored.get(id);
    if (text !== undefined && vector?.every(Number.isFinite) === true) vectors.set(text, vector);
  }
  const bySha = new Map([...vectors].map(([text, vector]) => [textSha256(text), vector]));
  return { records: records.size, vectors, bySha };
}

function mustHave(dimension: number, vector: Float32Array, name: string): void {
  if (vector.length === dimension) return;
  throw refused(
    `vectors of "${name}" have ${vector.length} dimensions, the manifest's model has ${dimension}`,
    'Declare the model and the dimensions that it was built with.',
  );
}

function alike(a: Float32Array, b: Float32Array): boolean {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
  const [lengthA, lengthB] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  const ratio = Math.max(lengthA, lengthB) / Math.min(lengthA, lengthB);
  return dot(a, b) / (lengthA * lengthB) >= MIN_COSINE && ratio <= MAX_NORM_RATIO;
}

function refused(message: string, advice: string): IngestError {
  return new IngestError('E508', message, { kind: 'input', advice: `Nothing was taken. ${advice}` });
}
