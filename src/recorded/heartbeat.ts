/**
 * The lease's heartbeat: a counter in a small file beside the database, one file per fence, so that a
 * zombie of an older lease cannot make a newer one look alive. A worker thread counts, so that a main
 * thread busy with a large document still beats. The file is rewritten in place: watchers look for any
 * change of its bytes, and replacing a file that is being read fails on Windows.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface Heartbeat {
  /** Stops counting and removes the file. Idempotent. */
  stop(): void;
}

const FILE_NAME = /^lease\.(\d+)\.json$/;

/** Plain JavaScript, so that it runs from dist and from TypeScript alike. Nothing but fs and waiting. */
const COUNT = `
const { workerData } = require('node:worker_threads');
const { openSync, writeSync, closeSync } = require('node:fs');
const stop = new Int32Array(workerData.stop);
const fd = openSync(workerData.file, 'r+');
for (let counter = 1; Atomics.wait(stop, 0, 0, workerData.everyMs) === 'timed-out'; counter++) {
  try {
    const text = JSON.stringify({ fence: workerData.fence, counter: String(counter).padStart(16, '0') });
    writeSync(fd, text + '\\n', 0);
  } catch {} // a full disk may have room again at the next beat
}
closeSync(fd);
`;

export function startHeartbeat(stateDir: string, fence: number, everyMs: number): Heartbeat {
  removeOlder(stateDir, fence);
  const file = heartbeatFile(stateDir, fence);
  writeFileSync(file, '{}\n', { mode: 0o600 });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(COUNT, {
    eval: true,
    execArgv: [],
    workerData: { file, fence, everyMs, stop: stop.buffer },
  });
  worker.unref();
  // A worker that cannot count is a lease that others may take; every transaction tests the fence.
  worker.on('error', () => {});
  return {
    stop() {
      Atomics.store(stop, 0, 1);
      Atomics.notify(stop, 0);
      rmSync(file, { force: true });
    },
  };
}

/** Bytes of the heartbeat file; empty when it is not there. Only compared for change. */
export function readHeartbeat(stateDir: string, fence: number): string {
  try {
    return readFileSync(heartbeatFile(stateDir, fence), 'utf8');
  } catch {
    return '';
  }
}

/** When it was last counted, by the file system's clock; undefined when there is no file. */
export function heartbeatAt(stateDir: string, fence: number): Date | undefined {
  return statSync(heartbeatFile(stateDir, fence), { throwIfNoEntry: false })?.mtime;
}

function heartbeatFile(stateDir: string, fence: number): string {
  return join(stateDir, `lease.${fence}.json`);
}

/** What killed runs left. On Windows a suspended owner may keep its file; that is harmless. */
function removeOlder(stateDir: string, fence: number): void {
  for (const name of readdirSync(stateDir)) {
    const found = FILE_NAME.exec(name)?.[1];
    if (found === undefined || Number(found) >= fence) continue;
    try {
      rmSync(join(stateDir, name), { force: true });
    } catch {
      // See above.
    }
  }
}
