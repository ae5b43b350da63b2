/** One real Chroma over a temporary folder, for tests of every part. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { IngestError } from '../../src/domain/errors.js';
import type { Clock } from '../../src/domain/ports/clock.js';
import { defaultServerEntry } from '../../src/live/connect.js';
import type { ChildEntry } from '../../src/live/embedded/fork-child.js';
import { type JoinedServer, joinServer } from '../../src/live/embedded/join-server.js';
import { resolveProgram } from '../../src/live/embedded/resolve-binding.js';
import { quickFolder } from './quick-folder.js';
import { realClock } from './real-clock.js';

export interface TestChroma {
  readonly url: string;
  /** Of the process that hosts it. */
  readonly pid: number;
  /** Where it keeps its files. */
  readonly folder: string;
  stop(): Promise<void>;
}

const BUILT = fileURLToPath(new URL('../../dist/live/embedded/server-child.js', import.meta.url));

/** The server child as it is built, which starts in a third of the time; from its source where nothing is built. */
export const TEST_SERVER_ENTRY: ChildEntry = existsSync(BUILT)
  ? { file: BUILT, execArgv: [] }
  : defaultServerEntry();

/** Where a fetched server program is kept: the same folder as the program itself uses. */
export const TEST_CACHE_DIR: string = envPaths('chroma-ingest', { suffix: '' }).cache;

/** For one test file. Without a url where no Chroma can run: there its tests are skipped by name. */
export async function startTestChroma(clock: Clock = realClock()): Promise<TestChroma> {
  try {
    return await launchTestChroma(clock);
  } catch (error) {
    if (!(error instanceof IngestError) || error.code !== 'E404') throw error;
    return { url: '', pid: 0, folder: '', stop: async () => {} };
  }
}

/** @throws IngestError E404 when no Chroma can run on this machine, E405 when it does not start */
export async function launchTestChroma(clock: Clock = realClock()): Promise<TestChroma> {
  const stateDir = mkdtempSync(join(quickFolder(), 'ingest-chroma-'));
  const server = await joinTestServer(stateDir, clock).catch((error: unknown) => {
    rmSync(stateDir, { recursive: true, force: true });
    throw error;
  });
  return {
    url: server.url,
    pid: server.status.pid,
    folder: stateDir,
    stop: async () => {
      await server.leave();
      await processEnded(server.status.pid, clock);
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** As one more client of the Chroma over this folder, which is started where none runs. */
export function joinTestServer(stateDir: string, clock: Clock = realClock()): Promise<JoinedServer> {
  return joinServer({
    stateDir,
    entry: TEST_SERVER_ENTRY,
    program: () => resolveTestProgram(clock),
    clock,
    signal: new AbortController().signal,
    daemon: false,
    graceMs: 100,
  });
}

export function resolveTestProgram(clock: Clock = realClock()): ReturnType<typeof resolveProgram> {
  return resolveProgram({
    cacheDir: TEST_CACHE_DIR,
    env: process.env,
    entry: TEST_SERVER_ENTRY,
    clock,
    onNote: (message) => process.stderr.write(`${message}\n`),
    signal: new AbortController().signal,
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the process is gone. @throws Error after a minute */
export async function processEnded(pid: number, clock: Clock = realClock()): Promise<void> {
  const deadline = clock.monotonic() + 60_000;
  while (isAlive(pid)) {
    if (clock.monotonic() > deadline) throw new Error(`process ${pid} does not end`);
    await clock.sleep(25);
  }
}
