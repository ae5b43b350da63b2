/** A Chroma that tests may also wipe and drop behind the program's back: a real one, or the one in memory. */
import type { Target } from '../../../src/domain/manifest.js';
import type { LiveDatabase } from '../../../src/domain/ports/live.js';
import { createConnector } from '../../../src/live/connect.js';
import { TEST_CACHE_DIR } from '../../support/chroma.js';
import { MemoryChroma } from '../../support/memory-chroma.js';
import { realClock } from '../../support/real-clock.js';

export interface ChromaUnderTest {
  /** For a manifest. */
  target(collection: string): Target;
  /** What a session uses in place of a connection of its own. */
  readonly given: LiveDatabase | undefined;
  /** For looking. */
  readonly database: LiveDatabase;
  wipe(collection: string): Promise<void>;
  drop(collection: string): Promise<void>;
}

export function memoryChroma(chroma = new MemoryChroma()): ChromaUnderTest {
  return {
    target: (collection) => ({ kind: 'embedded', collection, space: 'cosine' }),
    given: chroma,
    database: chroma,
    wipe: async (collection) => chroma.records(collection).clear(),
    drop: async (collection) => chroma.drop(collection),
  };
}

export async function realChroma(url: string): Promise<ChromaUnderTest> {
  const target = (collection: string): Target => ({
    kind: 'remote',
    url,
    headers: {},
    tenant: 'default_tenant',
    database: 'default_database',
    collection,
    space: 'cosine',
  });
  const connector = createConnector({
    target: target('none'),
    stateDir: '',
    cacheDir: TEST_CACHE_DIR,
    env: {},
    clock: realClock(),
    onNote: () => {},
    signal: new AbortController().signal,
  });
  const database = await connector.connect('read');
  if (database === 'absent') throw new Error('a Chroma at a url is never absent');
  const below = `${url}/api/v2/tenants/default_tenant/databases/default_database/collections`;
  return {
    target,
    given: undefined,
    database,
    wipe: async (name) => {
      const collection = await database.find(name);
      if (collection === undefined) return;
      for await (const ids of collection.ids()) await collection.delete(ids);
    },
    drop: async (name) => {
      const { status } = await fetch(`${below}/${name}`, { method: 'DELETE' });
      if (status !== 200 && status !== 404) throw new Error(`the collection was not dropped: ${status}`);
    },
  };
}
