/** A connector with the defaults of these tests; each test says only what differs. */
import { DEFAULT_CONNECTION } from '../../../src/domain/connection.js';
import type { RemoteTarget, Target } from '../../../src/domain/manifest.js';
import type { LiveDatabase } from '../../../src/domain/ports/live.js';
import type { CollectionIdentity } from '../../../src/domain/record.js';
import { type ConnectorOptions, createConnector } from '../../../src/live/connect.js';
import { TEST_CACHE_DIR, TEST_SERVER_ENTRY } from '../../support/chroma.js';
import { realClock } from '../../support/real-clock.js';

export const EMBEDDED: Target = { kind: 'embedded', collection: 'docs', space: 'cosine' };

export function remote(url: string, change: Partial<RemoteTarget> = {}): RemoteTarget {
  return {
    kind: 'remote',
    collection: 'docs',
    space: 'cosine',
    url,
    headers: {},
    tenant: 'default_tenant',
    database: 'default_database',
    connection: { ...DEFAULT_CONNECTION, timeout_ms: 20_000 },
    ...change,
  };
}

export function connector(
  change: Partial<ConnectorOptions> & Pick<ConnectorOptions, 'target'>,
): ReturnType<typeof createConnector> {
  return createConnector({
    stateDir: '/nonexistent',
    cacheDir: TEST_CACHE_DIR,
    env: process.env,
    serverEntry: TEST_SERVER_ENTRY.file,
    serverExecArgv: TEST_SERVER_ENTRY.execArgv,
    clock: realClock(),
    serverGraceMs: 100,
    onNote: () => {},
    signal: new AbortController().signal,
    ...change,
  });
}

export async function open(
  change: Partial<ConnectorOptions> & Pick<ConnectorOptions, 'target'>,
  mode: 'read' | 'write' = 'write',
): Promise<LiveDatabase> {
  const database = await connector(change).connect(mode);
  if (database === 'absent') throw new Error('the live side is absent');
  return database;
}

export function identity(change: Partial<CollectionIdentity> = {}): CollectionIdentity {
  return {
    lineage: 'lineage-1',
    manifests: ['support-docs'],
    role: 'live',
    generation: 1,
    vector_recipe: 'recipe-1',
    last_run: null,
    protected: [],
    pinned: null,
    ...change,
  };
}

/** A vector of `dimension` numbers that depends on `seed` alone. */
export function vector(seed: number, dimension = 4): Float32Array {
  return Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233));
}
