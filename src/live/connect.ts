/** Opens the live side of a target: a Chroma at a url, or the embedded one beside the state. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CONNECTION } from '../domain/connection.js';
import type { RemoteTarget, Target } from '../domain/manifest.js';
import type { Clock } from '../domain/ports/clock.js';
import type { LiveConnector, LiveDatabase } from '../domain/ports/live.js';
import { openOutbound } from '../platform/outbound.js';
import { type DatabaseOptions, openDatabase } from './chroma-database.js';
import { describeTarget, withoutCredentials } from './describe-target.js';
import type { ChildEntry } from './embedded/fork-child.js';
import { joinServer } from './embedded/join-server.js';
import { resolveProgram } from './embedded/resolve-binding.js';
import { serverFiles } from './embedded/server-files.js';
import { readTlsFiles } from './tls-files.js';

export interface ConnectorOptions {
  readonly target: Target;
  /** `<state>/<env>`; an embedded Chroma keeps its data in `chroma/` below it. */
  readonly stateDir: string;
  /** The user's cache folder for this program, where a fetched server binding is kept. */
  readonly cacheDir: string;
  /** INGEST_CHROMA_BINDING, PATH and npm_execpath are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The server child; by default the one of this build, or of these sources when they run through tsx. */
  readonly serverEntry?: string;
  /** Node options for it, when it is TypeScript. */
  readonly serverExecArgv?: readonly string[];
  /** Milliseconds that an embedded server stays without a client. Default 2,000. */
  readonly serverGraceMs?: number;
  readonly clock: Clock;
  /** Progress worth a line, such as fetching the binding. */
  readonly onNote: (message: string) => void;
  /** What every request passes through, such as one that adds a header. */
  readonly through?: (send: typeof fetch) => typeof fetch;
  /** Ends waiting: for the server to start, a fetch, the next retry. Requests in flight are finished. */
  readonly signal: AbortSignal;
  /** Ends requests in flight as well. */
  readonly giveUp?: AbortSignal;
}

/** For `ingest server start`, and for connectors that are told no other. */
export function defaultServerEntry(): ChildEntry {
  const source = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`./embedded/server-child.${source ? 'ts' : 'js'}`, import.meta.url));
  return { file, execArgv: source ? ['--import', 'tsx'] : [] };
}

export function createConnector(options: ConnectorOptions): LiveConnector {
  const { target } = options;
  return {
    connect: (mode) =>
      target.kind === 'remote' ? connectRemote(target, options) : connectEmbedded(mode, options),
  };
}

async function connectRemote(target: RemoteTarget, options: ConnectorOptions): Promise<LiveDatabase> {
  const url = withoutCredentials(target.url);
  const headers = Object.entries(target.headers).map(([name, secret]) => [name, secret.reveal()] as const);
  const { tenant, database, connection } = target;
  const tls = connection.tls === undefined ? undefined : await readTlsFiles(connection.tls);
  const { fetch, proxy, close } = await openOutbound({ url, env: options.env, tls });
  const through = proxy === undefined ? '' : ` (through the proxy ${proxy.url})`;
  return openDatabase(
    {
      url,
      headers: Object.fromEntries(headers),
      tenant,
      database,
      ...describeTarget(target, options.stateDir),
      server: {
        title: `Chroma at ${url}${through}`,
        adviceWhenGone: adviceWhenGone(target, proxy?.variable),
      },
      connection,
      fetch: options.through?.(fetch) ?? fetch,
      secrets: proxy?.secrets ?? [],
      version: undefined,
      revive: undefined,
      onClose: close,
    },
    databaseOptions(options),
  );
}

function adviceWhenGone({ url, connection }: RemoteTarget, proxy: string | undefined): string {
  const reached =
    proxy === undefined
      ? 'and that this machine may reach it'
      : `and that the proxy in ${proxy} leads to it; hosts that need none stand in NO_PROXY`;
  const advice = `Check that it runs, that the url is right, ${reached}. Then run the command again.`;
  return url.startsWith('https:') && connection.tls?.cert_file === undefined
    ? `${advice} A server that wants a client certificate (\`tls.cert_file\`) may close the connection without a word.`
    : advice;
}

async function connectEmbedded(
  mode: 'read' | 'write',
  options: ConnectorOptions,
): Promise<LiveDatabase | 'absent'> {
  const { stateDir, clock, signal } = options;
  const files = serverFiles(stateDir);
  // The folder alone is what an interrupted first start leaves: there is nothing to read in it.
  if (mode === 'read' && !existsSync(join(files.dataFolder, 'chroma.sqlite3'))) return 'absent';
  const { serverEntry: file, serverExecArgv: execArgv = [] } = options;
  const entry = file === undefined ? defaultServerEntry() : { file, execArgv };
  const serve = () =>
    joinServer({
      stateDir,
      entry,
      program: () => resolveProgram({ ...options, entry }),
      clock,
      signal,
      daemon: false,
      ...(options.serverGraceMs === undefined ? {} : { graceMs: options.serverGraceMs }),
    });
  let server = await serve();
  const shown = files.dataFolder.replaceAll('\\', '/');
  try {
    return await openDatabase(
      {
        url: server.url,
        headers: {},
        tenant: 'default_tenant',
        database: 'default_database',
        ...describeTarget({ kind: 'embedded', collection: '', space: 'cosine' }, stateDir),
        server: {
          title: `the embedded Chroma (${shown})`,
          adviceWhenGone: `Run the command again: it starts a new one and goes on where this one stopped. The server's log is ${files.logFile}.`,
        },
        connection: DEFAULT_CONNECTION,
        // Never through a proxy: it is on this machine.
        fetch: options.through?.(fetch) ?? fetch,
        secrets: [],
        version: server.status.version,
        revive: async () => {
          await server.leave();
          server = await serve();
          return server.url;
        },
        onClose: () => server.leave(),
      },
      databaseOptions(options),
    );
  } catch (error) {
    await server.leave();
    throw error;
  }
}

function databaseOptions({ clock, signal, giveUp, onNote }: ConnectorOptions): DatabaseOptions {
  return { clock, signal, ...(giveUp === undefined ? {} : { giveUp }), onNote };
}
