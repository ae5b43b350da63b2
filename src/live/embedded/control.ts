/** `ingest server start | stop | status`: plain data about the embedded server of one environment. */
import { callControl } from './call-control.js';
import { tryFolderLock } from './folder-lock.js';
import { type JoinOptions, joinServer } from './join-server.js';
import { readServerInfo, serverFiles } from './server-files.js';

export interface ServerStatus {
  readonly running: boolean;
  readonly pid: number | null;
  readonly port: number | null;
  /** Null while it starts, or when none runs. */
  readonly url: string | null;
  readonly version: string | null;
  /** Commands that use it now. */
  readonly clients: number;
  /** Stays without clients, until it is told to stop. */
  readonly daemon: boolean;
  readonly dataFolder: string;
  readonly logFile: string;
}

const ANSWER_MS = 5_000;

/** Changes nothing. @throws the signal's reason */
export async function serverStatus(stateDir: string, signal: AbortSignal): Promise<ServerStatus> {
  return (await ask(stateDir, 'status', signal)) ?? notRunning(stateDir);
}

/** Starts it in daemon mode, or turns a running one into a daemon. @throws IngestError E404, E405 */
export async function startServer(options: Omit<JoinOptions, 'daemon'>): Promise<ServerStatus> {
  const joined = await joinServer({ ...options, daemon: true });
  try {
    await ask(options.stateDir, 'daemon', options.signal);
  } finally {
    await joined.leave();
  }
  return serverStatus(options.stateDir, options.signal);
}

/**
 * Ends daemon mode: it stops now, or when the last command that uses it has ended (then `running` stays true, and
 * `clients` says how many). Waits at most `waitMs` for the end.
 */
export async function stopServer(
  stateDir: string,
  options: { readonly clock: JoinOptions['clock']; readonly signal: AbortSignal; readonly waitMs?: number },
): Promise<ServerStatus> {
  const { clock, signal, waitMs = 60_000 } = options;
  const answer = await ask(stateDir, 'stop', signal);
  if (answer === undefined) return notRunning(stateDir);
  if (answer.clients > 0) return serverStatus(stateDir, signal);
  const deadline = clock.monotonic() + waitMs;
  const files = serverFiles(stateDir);
  while (clock.monotonic() < deadline) {
    if (!isServed(files.lockFile)) return notRunning(stateDir);
    await clock.sleep(100, signal);
  }
  return { ...answer, daemon: false };
}

async function ask(
  stateDir: string,
  operation: 'status' | 'daemon' | 'stop',
  signal: AbortSignal,
): Promise<ServerStatus | undefined> {
  const files = serverFiles(stateDir);
  const info = readServerInfo(files.infoFile);
  if (info === undefined) return undefined;
  const call = await callControl(info, operation, ANSWER_MS, signal);
  if (typeof call === 'string') return undefined;
  call.socket.destroy();
  const { reply } = call;
  if (!reply.ok) return undefined;
  return {
    running: true,
    pid: reply.pid,
    port: reply.port === 0 ? null : reply.port,
    url: reply.port === 0 ? null : `http://localhost:${reply.port}`,
    version: reply.version,
    clients: reply.clients,
    daemon: reply.daemon,
    dataFolder: files.dataFolder,
    logFile: files.logFile,
  };
}

function notRunning(stateDir: string): ServerStatus {
  const { dataFolder, logFile } = serverFiles(stateDir);
  return {
    running: false,
    pid: null,
    port: null,
    url: null,
    version: null,
    clients: 0,
    daemon: false,
    dataFolder,
    logFile,
  };
}

/** The lock is held until the process has ended. */
function isServed(lockFile: string): boolean {
  const lock = tryFolderLock(lockFile);
  lock?.release();
  return lock === undefined;
}
