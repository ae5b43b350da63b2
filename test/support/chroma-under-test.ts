/** A Chroma that tests may also wipe, drop and restart behind the program's back: a real one, or the one in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_CONNECTION } from '../../src/domain/connection.js';
import type { Target } from '../../src/domain/manifest.js';
import type { LiveDatabase } from '../../src/domain/ports/live.js';
import { createConnector } from '../../src/live/connect.js';
import type { JoinedServer } from '../../src/live/embedded/join-server.js';
import { joinTestServer, processEnded, TEST_CACHE_DIR } from './chroma.js';
import { MemoryChroma } from './memory-chroma.js';
import { quickFolder } from './quick-folder.js';
import { realClock } from './real-clock.js';

export interface ChromaUnderTest {
  /** For a manifest. */
  target(collection: string): Target;
  /** For looking, and what sessions use in place of a connection of their own. */
  readonly database: LiveDatabase;
  wipe(collection: string): Promise<void>;
  drop(collection: string): Promise<void>;
  /** Undefined where there is nothing to restart. */
  readonly restart: (() => Promise<void>) | undefined;
}

export function memoryChroma(chroma = new MemoryChroma()): ChromaUnderTest {
  return {
    target: (collection) => ({ kind: 'embedded', collection, space: 'cosine' }),
    database: chroma,
    wipe: async (collection) => chroma.records(collection).clear(),
    drop: async (collection) => chroma.drop(collection),
    restart: undefined,
  };
}

/** @param restart of the server behind the url, which stays the same */
export async function realChroma(url: string, restart?: () => Promise<void>): Promise<ChromaUnderTest> {
  const target = (collection: string): Target => ({
    kind: 'remote',
    url,
    headers: {},
    tenant: 'default_tenant',
    database: 'default_database',
    connection: DEFAULT_CONNECTION,
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
    restart,
  };
}

export interface RestartableChroma {
  readonly url: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A server of its own over one folder. Its port changes with every start, so a relay keeps the url. */
export async function launchRestartableChroma(): Promise<RestartableChroma> {
  const stateDir = mkdtempSync(join(quickFolder(), 'ingest-restart-'));
  const clock = realClock();
  const start = (): Promise<JoinedServer> => joinTestServer(stateDir, clock);
  let server = await start();
  const end = async (): Promise<void> => {
    await server.leave();
    await processEnded(server.status.pid, clock);
  };
  const relay = await openRelay(() => Number(new URL(server.url).port));
  return {
    url: `http://localhost:${relay.port}`,
    restart: async () => {
      relay.cut();
      await end();
      server = await start();
    },
    stop: async () => {
      await relay.close();
      await end();
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Relay {
  readonly port: number;
  /** Ends every connection. */
  cut(): void;
  close(): Promise<void>;
}

async function openRelay(to: () => number): Promise<Relay> {
  const open = new Set<Socket>();
  const server: Server = createServer((from) => {
    const onward = connect({ port: to(), host: 'localhost' });
    for (const [socket, other] of [
      [from, onward],
      [onward, from],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
