/**
 * Joins the embedded server of a state folder, starting it when none runs. Any number of processes may do so
 * at once: the folder's lock lets one child serve, the others end at once and everybody joins that one.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { IngestError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.js';
import { describeIoError } from '../../platform/describe-io-error.js';
import { callControl } from './call-control.js';
import type { ServerProgram } from './child-protocol.js';
import type { ControlStatus } from './control-protocol.js';
import { type ChildEntry, forkServer } from './fork-child.js';
import { readServerInfo, type ServerFiles, serverFiles } from './server-files.js';

export interface JoinOptions {
  readonly stateDir: string;
  readonly entry: ChildEntry;
  /** Called only when a server must be started. */
  readonly program: () => Promise<ServerProgram>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The server stays when nobody uses it. */
  readonly daemon: boolean;
  /** Milliseconds without a client before it stops. Default 2,000: the next command may come at once. */
  readonly graceMs?: number;
}

export interface JoinedServer {
  readonly url: string;
  readonly status: ControlStatus;
  /** Idempotent. */
  leave(): Promise<void>;
}

/** Milliseconds for a join to succeed: a server that is stopping drains first, a new one may replay. */
const JOIN_MS = 120_000;
const ANSWER_MS = 5_000;

/** @throws IngestError E404 (from program), E405; the signal's reason */
export async function joinServer(options: JoinOptions): Promise<JoinedServer> {
  const { clock, signal } = options;
  const files = serverFiles(options.stateDir);
  const deadline = clock.monotonic() + JOIN_MS;
  let pause = 25;
  let program: ServerProgram | undefined;
  for (;;) {
    signal.throwIfAborted();
    const joined = await tryJoin(files.infoFile, options, Math.max(1, deadline - clock.monotonic()));
    if (joined !== undefined) return joined;
    if (clock.monotonic() > deadline) throw neverJoined(options.stateDir);
    program ??= await options.program();
    makeFolder(files);
    const { stateDir, daemon, graceMs = 2_000 } = options;
    const message = await forkServer(options.entry, { stateDir, program, daemon, graceMs }, files.logFile);
    if (message?.kind === 'failed') throw didNotStart(message.code, message.message, files.logFile);
    if (message === undefined) throw didNotStart('start', 'its process ended without a word', files.logFile);
    if (message.kind === 'lost') {
      // Another one is starting, or stopping; the lock's holder will be in the info file, or gone, soon.
      await clock.sleep(pause, signal);
      pause = Math.min(1_000, pause * 2);
    }
  }
}

async function tryJoin(
  infoFile: string,
  options: JoinOptions,
  timeoutMs: number,
): Promise<JoinedServer | undefined> {
  const info = readServerInfo(infoFile);
  if (info === undefined) return undefined;
  // Asked first, because a server answers this at once, and a join only when Chroma serves.
  const known = await callControl(info, 'status', ANSWER_MS, options.signal);
  if (typeof known === 'string') return undefined;
  known.socket.destroy();
  if (!known.reply.ok) return undefined;
  const call = await callControl(info, 'join', timeoutMs, options.signal);
  if (typeof call === 'string') return undefined;
  const { reply, socket } = call;
  if (!reply.ok) {
    socket.destroy();
    return undefined;
  }
  return { url: `http://localhost:${reply.port}`, status: reply, leave: () => endSocket(socket) };
}

function makeFolder(files: ServerFiles): void {
  try {
    // It holds the texts of the documents, and Chroma asks nobody for a password.
    mkdirSync(files.dataFolder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw didNotStart('start', `its folder cannot be made: ${describeIoError(error)}`, files.logFile);
  }
}

function endSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve();
      return;
    }
    socket.ref();
    socket.once('close', () => resolve());
    socket.end();
  });
}

function didNotStart(code: 'older' | 'start', message: string, logFile: string): IngestError {
  if (code === 'older') {
    return new IngestError('E405', `the embedded Chroma was not started: ${message}`, {
      kind: 'world',
      advice:
        'An older Chroma must not open data of a newer one. Point INGEST_CHROMA_BINDING at a binding at least as new, or delete the folder to build the index again.',
    });
  }
  return new IngestError('E405', `the embedded Chroma did not start: ${message}`, {
    kind: 'world',
    advice: `Its log is ${logFile}. A url in the manifest uses a Chroma that you run yourself.`,
    cause: new Error(tail(logFile)),
  });
}

function neverJoined(stateDir: string): IngestError {
  const info = readServerInfo(serverFiles(stateDir).infoFile);
  const who = info === undefined ? 'another process' : `process ${info.pid} on ${info.host}`;
  return new IngestError(
    'E405',
    `the embedded Chroma of ${stateDir} is held by ${who}, which does not answer`,
    {
      kind: 'world',
      advice: 'End that process if it hangs. One folder can be served by one machine at a time.',
    },
  );
}

/** Chroma paints its banner. */
const COLOURS = /\u001b\[[0-9;]*m/g;

function tail(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').replace(COLOURS, '').trimEnd().split('\n').slice(-3).join('\n');
  } catch {
    return 'it has no log';
  }
}
