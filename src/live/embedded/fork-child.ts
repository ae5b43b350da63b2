/** Starts `server-child` as a process of its own and waits for the first thing it says. */
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { type ChildMessage, isChildMessage, type ServeArguments } from './child-protocol.js';

/** How server-child is started. `execArgv` is for running from TypeScript sources. */
export interface ChildEntry {
  readonly file: string;
  readonly execArgv: readonly string[];
}

/** fork passes it on to spawn; its types do not know. */
interface Hidden {
  readonly windowsHide: boolean;
}

/** Bytes after which the log is begun anew at the next start. */
const MAX_LOG_BYTES = 5_000_000;

/**
 * Detached, so that a terminal's Ctrl-C does not reach it. It goes on after this resolves; undefined when it
 * ended without a word.
 */
export async function forkServer(
  entry: ChildEntry,
  serve: ServeArguments,
  logFile: string,
): Promise<ChildMessage | undefined> {
  const log = openLog(logFile);
  try {
    const options: ForkOptions & Hidden = {
      detached: true,
      execArgv: [...entry.execArgv],
      stdio: ['ignore', log, log, 'ipc'],
      windowsHide: true,
    };
    const child = fork(entry.file, ['serve', JSON.stringify(serve)], options);
    child.unref();
    return await firstMessage(child);
  } finally {
    if (log !== 'ignore') closeSync(log);
  }
}

/** Loads a binding in a process of its own, because one that fails halfway can take the process with it. */
export async function probeBinding(
  entry: ChildEntry,
  file: string,
): Promise<Extract<ChildMessage, { kind: 'probed' }> | undefined> {
  const options: ForkOptions & Hidden = {
    execArgv: [...entry.execArgv],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
  };
  const child = fork(entry.file, ['probe', file], options);
  const message = await firstMessage(child);
  return message?.kind === 'probed' ? message : undefined;
}

function firstMessage(child: ChildProcess): Promise<ChildMessage | undefined> {
  return new Promise((resolve) => {
    const settle = (message: ChildMessage | undefined): void => {
      child.removeAllListeners();
      // Without the channel neither process keeps the other alive.
      if (child.connected) child.disconnect();
      child.on('error', () => {});
      resolve(message);
    };
    child.on('message', (message) => settle(isChildMessage(message) ? message : undefined));
    child.on('error', () => settle(undefined));
    child.on('exit', () => settle(undefined));
  });
}

/** In a folder that cannot be written the child says by itself what is wrong. */
function openLog(logFile: string): number | 'ignore' {
  try {
    return openSync(logFile, logIsLarge(logFile) ? 'w' : 'a', 0o600);
  } catch {
    return 'ignore';
  }
}

function logIsLarge(logFile: string): boolean {
  try {
    return statSync(logFile).size > MAX_LOG_BYTES;
  } catch {
    return false;
  }
}
