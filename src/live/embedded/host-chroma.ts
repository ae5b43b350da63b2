/** Runs one Chroma inside the server child, and stops it without interrupting what it does. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ServerProgram } from './child-protocol.js';

export interface HostedChroma {
  readonly port: number;
  /** Resolves when it no longer runs, whatever the reason. */
  readonly ended: Promise<string>;
  /** False once it ended. */
  readonly running: () => boolean;
  stop(): Promise<void>;
}

/**
 * `cli()` blocks its thread until Chroma ends, so it has a worker. It returns cleanly at a signal, provided that
 * Node has a handler for that signal from before: Chroma chains to Node's default one otherwise, which raises the
 * signal again, for ever. Plain JavaScript, because a worker takes no TypeScript on every way we run.
 */
const WORKER = `
const { workerData } = require('node:worker_threads');
require(workerData.file).cli(workerData.argv);
`;

/** Older servers heed only the first, newer ones the second too. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Milliseconds for Chroma to end after each. */
const STOP_MS = 10_000;

/** The process must have handlers for SIGINT and SIGTERM already. */
export async function hostChroma(program: ServerProgram, dataFolder: string): Promise<HostedChroma> {
  const port = await freePort();
  const argv = ['run', '--path', dataFolder, '--port', String(port), '--host', 'localhost'];
  return program.kind === 'binding'
    ? hostBinding(program.file, argv, port)
    : hostCommand(program.command, argv, port);
}

function hostBinding(file: string, argv: readonly string[], port: number): HostedChroma {
  const worker = new Worker(WORKER, {
    eval: true,
    execArgv: [],
    workerData: { file, argv: ['chroma', ...argv] },
  });
  let why = 'Chroma returned at once: its port was taken, or it did not like its arguments';
  worker.on('error', (error) => {
    why = error.message;
  });
  let running = true;
  const ended = new Promise<string>((resolve) => {
    worker.on('exit', () => {
      running = false;
      resolve(why);
    });
  });
  const stop = async (): Promise<void> => {
    await idle(() => process.cpuUsage());
    // On Windows a signal would end this process on the spot; idle as it is, leaving does the same.
    if (process.platform === 'win32') return;
    for (const signal of STOP_SIGNALS) {
      if (running) process.kill(process.pid, signal);
      await Promise.race([ended, sleep(STOP_MS)]);
    }
  };
  return { port, ended, running: () => running, stop };
}

function hostCommand(command: string, argv: readonly string[], port: number): HostedChroma {
  const child = spawn(command, argv, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });
  let running = true;
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => {
      running = false;
      resolve(error.message);
    });
    child.on('exit', (code, signal) => {
      running = false;
      resolve(`${command} ended with ${code ?? signal}`);
    });
  });
  const stop = async (): Promise<void> => {
    // Its processor time cannot be read everywhere; nobody is connected, so a pause has to do.
    await sleep(2_000);
    for (const signal of STOP_SIGNALS) {
      if (running) child.kill(signal);
      await Promise.race([ended, sleep(STOP_MS)]);
    }
    if (running) child.kill('SIGKILL');
  };
  return { port, ended, running: () => running, stop };
}

/**
 * Waits until this process, Chroma's threads included, has used no processor time to speak of for a second: a
 * client that was killed may have left a write that is still being applied, and an index must not be cut off
 * while it is written. Gives up after a minute.
 */
async function idle(cpu: () => NodeJS.CpuUsage): Promise<void> {
  const window = 250;
  let quiet = 0;
  for (let waited = 0; quiet < 4 && waited < 60_000; waited += window) {
    const before = cpu();
    await sleep(window);
    const after = cpu();
    const usedMs = (after.user - before.user + after.system - before.system) / 1000;
    quiet = usedMs < window * 0.06 ? quiet + 1 : 0;
  }
}

/** A port that is free now, on the address that Chroma will listen on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ host: 'localhost', port: 0 }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
