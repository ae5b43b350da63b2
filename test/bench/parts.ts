/** The two parts of a first apply, each alone: embedding the texts, and upserting the finished records. */
import { createHash } from 'node:crypto';
import { ChromaClient, type Metadata } from 'chromadb';
import { loadDesired } from '../../src/desired/load-desired.js';
import { forgetful } from '../../src/domain/ports/embedder.js';
import { createEmbedder } from '../../src/embedding/create-embedder.js';
import { createProvider } from '../../src/embedding/create-provider.js';
import type { TestChroma } from '../support/chroma.js';
import { realClock } from '../support/real-clock.js';
import { secondsOf } from './measure.js';
import { type BenchWorkspace, COLLECTION } from './workspace.js';

/** Records a request, as many as the program sends. */
const BATCH = 1000;

/** What one upsert takes. */
export interface RecordBatch {
  readonly ids: string[];
  readonly embeddings: number[][];
  readonly documents: string[];
  readonly metadatas: Metadata[];
}

/** All that an apply wrote, in the order in which it wrote it. */
export async function readRecords(chroma: TestChroma): Promise<readonly RecordBatch[]> {
  const collection = await clientOf(chroma).getCollection({ name: COLLECTION });
  const batches: RecordBatch[] = [];
  for (;;) {
    const page = await collection.get({
      limit: BATCH,
      offset: batches.length * BATCH,
      include: ['documents', 'metadatas', 'embeddings'],
    });
    if (page.ids.length === 0) return batches;
    batches.push({
      ids: page.ids,
      embeddings: page.embeddings,
      documents: page.documents.map((text) => text ?? ''),
      metadatas: page.metadatas.map((metadata) => metadata ?? {}),
    });
  }
}

export function countRecords(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** The client and nothing else: no intent, no journal, no check. */
export async function upsertSeconds(chroma: TestChroma, batches: readonly RecordBatch[]): Promise<number> {
  const collection = await clientOf(chroma).createCollection({
    name: COLLECTION,
    embeddingFunction: null,
    configuration: { hnsw: { space: 'cosine' } },
  });
  return secondsOf(async () => {
    for (const batch of batches) await collection.upsert(batch);
  });
}

/** The program's own batches and concurrency, without its cache; each text once. */
export async function embedSeconds(
  workspace: BenchWorkspace,
  batches: readonly RecordBatch[],
): Promise<number> {
  const clock = realClock();
  const [manifest] = (await loadDesired(workspace.loading)).manifests;
  if (manifest === undefined) throw new Error('no manifest');
  const provider = createProvider(manifest.embedding, { clock, modelCacheDir: 'unused' });
  const embedder = createEmbedder({ provider, cache: forgetful, clock });
  const texts = new Set(batches.flatMap(({ documents }) => documents));
  const requests = [...texts].map((text) => ({
    text,
    text_sha256: createHash('sha256').update(text).digest('hex'),
  }));
  return secondsOf(async () => {
    const { failures } = await embedder.vectors(requests, new AbortController().signal);
    if (failures.length > 0) throw new Error(`${failures.length} texts were not embedded`);
  });
}

function clientOf({ url }: TestChroma): ChromaClient {
  const { hostname, port } = new URL(url);
  return new ChromaClient({ host: hostname, port: Number(port), ssl: false });
}
