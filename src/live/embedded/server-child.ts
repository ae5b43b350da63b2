/**
 * The process that hosts an embedded Chroma: `serve <arguments as JSON>`, or `probe <binding>` to see whether a
 * binding loads here. It is detached and lives by its control connections; with the last one gone it waits a
 * moment, lets Chroma finish what it does, and stops it. Its output is the server's log.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeIoError } from '../../platform/describe-io-error.js';
import { writeFileAtomic } from '../../platform/write-file-atomic.js';
import { type ChildMessage, describeProgram, type ServeArguments } from './child-protocol.js';
import { ControlServer } from './control-server.js';
import { type FolderLock, tryFolderLock } from './folder-lock.js';
import { type HostedChroma, hostChroma } from './host-chroma.js';
import { readServerInfo, type ServerFiles, serverFiles } from './server-files.js';
import { nextServerMarker, OlderProgram, readServerMarker, writeServerMarker } from './server-marker.js';

/** Milliseconds for Chroma to answer after its start; a folder with a long log to replay takes a while. */
const START_MS = 60_000;
const LOOK_MS = 5_000;

const [mode, argument] = process.argv.slice(2);
if (mode === 'probe' && argument !== undefined) probe(argument);
else if (mode === 'serve' && argument !== undefined) await serve(JSON.parse(argument) as ServeArguments);
else process.exitCode = 2;

function probe(file: string): void {
  let message = '';
  try {
    createRequire(import.meta.url)(file);
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
  }
  const header = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header;
  tell(
    {
      kind: 'probed',
      loads: message === '',
      message,
      glibc: header?.glibcVersionRuntime,
      execPath: process.execPath,
    },
    () => process.exit(0),
  );
}

async function serve(serveArguments: ServeArguments): Promise<void> {
  // Chroma makes its files as the umask says.
  process.umask(0o077);
  const files = serverFiles(serveArguments.stateDir);
  let lock: FolderLock | undefined;
  try {
    lock = tryFolderLock(files.lockFile);
  } catch (error) {
    const message = `its data folder cannot be used: ${describeIoError(error)}`;
    tell({ kind: 'failed', code: 'start', message }, () => process.exit(1));
    return;
  }
  if (lock === undefined) {
    tell({ kind: 'lost' }, () => process.exit(0));
    return;
  }
  await serveUnderLock(serveArguments, files, lock);
}

async function serveUnderLock(
  serveArguments: ServeArguments,
  files: ServerFiles,
  lock: FolderLock,
): Promise<void> {
  const serverId = randomUUID();
  let chroma: HostedChroma | undefined;
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    forget(files, serverId);
    await chroma?.stop();
    log(chroma?.running() === true ? 'leaving, although Chroma did not return' : 'stopped');
    leave(lock, 0);
  };
  // A signal from outside ends it as gently; the one that `stop` sends for Chroma arrives here too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      control.refuse({ ok: false, reason: 'stopping', message: 'the server is stopping' });
      void end();
    });
  }
  const control = new ControlServer({
    serverId,
    version: describeProgram(serveArguments.program),
    daemon: serveArguments.daemon,
    graceMs: serveArguments.graceMs,
    onUnused: () => void end(),
  });
  try {
    const marker = nextServerMarker(readServerMarker(files.markerFile), serveArguments.program);
    const controlPort = await control.listen();
    const info = {
      format: 1,
      server_id: serverId,
      pid: process.pid,
      host: hostname(),
      control_port: controlPort,
    };
    writeFileAtomic(files.infoFile, `${JSON.stringify({ ...info, token: control.token })}\n`, {
      mode: 0o600,
    });
    writeServerMarker(files.markerFile, marker);
    chroma = await hostChroma(serveArguments.program, files.dataFolder);
    await Promise.race([
      proveOurs(chroma, marker.database),
      chroma.ended.then((why) => Promise.reject(new Error(why))),
    ]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof OlderProgram ? 'older' : 'start';
    log(`cannot serve: ${message}`);
    forget(files, serverId);
    control.refuse({ ok: false, reason: 'failed', message });
    tell({ kind: 'failed', code, message }, () => leave(lock, 1));
    return;
  }
  log(`serving ${files.dataFolder} at http://localhost:${chroma.port}`);
  tell({ kind: 'serving' }, () => {});
  control.serving(chroma.port);
  void chroma.ended.then((why) => {
    if (ending) return;
    ending = true;
    log(`Chroma ended: ${why}`);
    forget(files, serverId);
    leave(lock, 1);
  });
  // A state folder that was deleted, or a server that took its place, leaves nobody who could reach us.
  setInterval(() => {
    if (readServerInfo(files.infoFile)?.server_id === serverId) return;
    log('the state folder is gone');
    control.close();
    void end();
  }, LOOK_MS).unref();
}

/**
 * Waits for the heartbeat, then for proof: a busy port makes Chroma return without an error while whoever has
 * the port answers in its place. Only our data folder has a database of the marker's name.
 */
async function proveOurs(chroma: HostedChroma, database: string): Promise<void> {
  const api = `http://localhost:${chroma.port}/api/v2`;
  const databases = `${api}/tenants/default_tenant/databases`;
  for (let waited = 0; !(await answers(`${api}/heartbeat`)); waited += 50) {
    if (waited > START_MS) throw new Error(`Chroma did not answer within ${START_MS / 1000} s`);
    await sleep(50);
  }
  if (await answers(`${databases}/${database}`)) return;
  // A new folder. Time for a Chroma that found its port taken to return, before anything is written to it.
  await sleep(300);
  if (!chroma.running()) throw new Error('another server answers at its port');
  const created = await fetch(databases, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: database }),
    signal: AbortSignal.timeout(START_MS),
  });
  if (!created.ok) throw new Error(`Chroma answered ${created.status} to its first request`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Removes the info file, if it still is ours. */
function forget(files: ServerFiles, serverId: string): void {
  if (readServerInfo(files.infoFile)?.server_id === serverId) rmSync(files.infoFile, { force: true });
}

function leave(lock: FolderLock, code: number): void {
  lock.release();
  process.exit(code);
}

/** The starter may have gone meanwhile; then there is nobody to tell. */
function tell(message: ChildMessage, then: () => void): void {
  if (process.send === undefined || !process.connected) then();
  else process.send(message, then);
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ingest: ${line}\n`);
}
