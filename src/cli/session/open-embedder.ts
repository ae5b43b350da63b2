/** The model of one manifest, measured and traced where the command asks for it, over a cache. */
import { join } from 'node:path';
import type { Manifest } from '../../domain/manifest.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { Embedder, EmbeddingCache } from '../../domain/ports/embedder.js';
import type { Stopwatch } from '../../domain/ports/stopwatch.js';
import { type Telemetry, untold } from '../../domain/ports/telemetry.js';
import { timedProvider } from '../telemetry/measured-phases.js';
import { tracedFetch, tracedProvider } from '../telemetry/traced-ports.js';
import { userCacheDir } from './user-cache-dir.js';

export interface EmbedderWorld {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch | undefined;
  readonly telemetry: Telemetry;
  cache(): Promise<EmbeddingCache>;
}

/** `close` keeps what was seen of the provider's pace. */
export async function openEmbedder(
  { env, clock, stopwatch, telemetry, cache: openCache }: EmbedderWorld,
  manifest: Manifest,
  pinnedDimensions: number | undefined,
): Promise<{ readonly embedder: Embedder; readonly close: () => void }> {
  const { createProvider } = await import('../../embedding/create-provider.js');
  const { createEmbedder } = await import('../../embedding/create-embedder.js');
  const { noteThroughput } = await import('../../embedding/note-throughput.js');
  const { providerFetch } = await import('../../embedding/provider-fetch.js');
  const fetchFor = providerFetch(env);
  const made = createProvider(manifest.embedding, {
    clock,
    fetchFor: telemetry === untold ? fetchFor : async (url) => tracedFetch(await fetchFor(url), telemetry),
    modelCacheDir: join(userCacheDir(), 'models'),
  });
  const timed = stopwatch === undefined ? made : timedProvider(made, stopwatch);
  const provider = telemetry === untold ? timed : tracedProvider(timed, telemetry, clock);
  const cache = await openCache();
  const embedder = createEmbedder({ provider, cache, clock, pinnedDimensions });
  return { embedder, close: () => noteThroughput(embedder, cache) };
}
