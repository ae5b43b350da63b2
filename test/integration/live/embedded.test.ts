import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { LiveDatabase } from '../../../src/domain/ports/live.js';
import { callControl } from '../../../src/live/embedded/call-control.js';
import { serverStatus, startServer, stopServer } from '../../../src/live/embedded/control.js';
import { readServerInfo, type ServerInfo, serverFiles } from '../../../src/live/embedded/server-files.js';
import { isAlive, processEnded, resolveTestProgram, TEST_SERVER_ENTRY } from '../../support/chroma.js';
import { quickFolder } from '../../support/quick-folder.js';
import { realClock } from '../../support/real-clock.js';
import { connector, EMBEDDED, identity, open, vector } from './open-live.js';

const clock = realClock();
const signal = new AbortController().signal;

describe.skipIf(inject('chromaUrl') === '')('the embedded Chroma', () => {
  let root: string;
  let stateDir: string;
  /** Servers seen by a test; none may outlive it. */
  let pids: Set<number>;
  let opened: LiveDatabase[];

  beforeEach(() => {
    root = mkdtempSync(join(quickFolder(), 'ingest-embedded-'));
    stateDir = join(root, 'dev');
    pids = new Set();
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((database) => database.close()));
    for (const pid of pids) await processEnded(pid);
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });

  async function connect(dir = stateDir, mode: 'read' | 'write' = 'write'): Promise<LiveDatabase> {
    const database = await open({ target: EMBEDDED, stateDir: dir }, mode);
    opened.push(database);
    await serverPid(dir);
    return database;
  }

  async function serverPid(dir = stateDir): Promise<number> {
    const { pid } = await serverStatus(dir, signal);
    if (pid === null) throw new Error('no server runs');
    pids.add(pid);
    return pid;
  }

  function client(...args: readonly string[]): ChildProcess {
    const script = fileURLToPath(new URL('./client-process.ts', import.meta.url));
    return spawn(process.execPath, ['--import', 'tsx', script, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }

  function firstLine(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (data: Buffer) => {
        said += data.toString('utf8');
        if (said.includes('\n')) resolve(said.slice(0, said.indexOf('\n')));
      });
      child.on('exit', (code) => reject(new Error(`the client ended with ${code} and said: ${said}`)));
    });
  }

  test('comes back under another address when it ended while it was read', async () => {
    const database = await connect();
    const collection = await database.create('notes', 'cosine', identity());
    process.kill(await serverPid(), 'SIGKILL');
    await expect(collection?.count()).rejects.toMatchObject({ code: 'E401' });
    expect(await database.comesBack()).toBe(true);
    await serverPid();
    expect(await collection?.count()).toBe(0);
    expect((await database.find('notes'))?.id).toBe(collection?.id);
  });

  test('is absent for a reader where nothing was ever written, and nothing is made', async () => {
    expect(await connector({ target: EMBEDDED, stateDir }).connect('read')).toBe('absent');
    expect(readdirSync(root)).toEqual([]);
  });

  test('is absent for a reader where a first start was cut off', async () => {
    mkdirSync(join(stateDir, 'chroma'), { recursive: true });
    expect(await connector({ target: EMBEDDED, stateDir }).connect('read')).toBe('absent');
    expect(readdirSync(join(stateDir, 'chroma'))).toEqual([]);
  });

  test('keeps what was written over a stop and a start, for readers too', async () => {
    const first = await connect();
    expect(first.targetId).toBe('embedded');
    expect(first.description).toContain('dev/chroma');
    const written = await first.create('docs', 'cosine', identity());
    await written?.put([{ id: 'a', text: 'A', vector: vector(1), metadata: { k: 1 } }]);
    const pid = await serverPid();
    await first.close();
    await processEnded(pid);
    // Windows has no signal that Chroma would heed.
    const { logFile } = serverFiles(stateDir);
    if (process.platform !== 'win32') expect(readFileSync(logFile, 'utf8')).toMatch(/ingest: stopped\n$/);
    const second = await connect(stateDir, 'read');
    expect(await serverPid()).not.toBe(pid);
    const found = await second.find('docs');
    expect(found).toMatchObject({ space: 'cosine', dimension: 4, identity: identity() });
    expect((await found?.get(['a']))?.get('a')).toEqual({ id: 'a', text: 'A', metadata: { k: 1 } });
  });

  test('shows readers no collections but those that were made', async () => {
    await connect();
    const { url } = await serverStatus(stateDir, signal);
    const api = `${url}/api/v2/tenants/default_tenant/databases/default_database/collections`;
    expect(await (await fetch(api)).json()).toEqual([]);
  });

  test('has a server and data of its own for each environment', async () => {
    const dev = await connect();
    const prod = await connect(join(root, 'prod'));
    await dev.create('docs', 'l2', identity());
    expect(await prod.find('docs')).toBeUndefined();
    expect(await serverPid()).not.toBe(await serverPid(join(root, 'prod')));
  });

  test('is shared by several connections, outlives the first that leaves and ends after the last', async () => {
    const first = await connect();
    const second = await connect();
    const status = await serverStatus(stateDir, signal);
    expect(status).toMatchObject({ running: true, clients: 2, daemon: false });
    await first.close();
    await first.close();
    await clock.sleep(500);
    expect(await second.find('docs')).toBeUndefined();
    await second.close();
    await processEnded(status.pid ?? 0);
    expect(await serverStatus(stateDir, signal)).toMatchObject({ running: false, pid: null });
    expect(existsSync(serverFiles(stateDir).infoFile)).toBe(false);
  });

  test('stays for a command that follows at once', async () => {
    const first = await open({ target: EMBEDDED, stateDir, serverGraceMs: 60_000 });
    const pid = await serverPid();
    await first.close();
    await connect();
    expect(await serverPid()).toBe(pid);
    await stopServer(stateDir, { clock, signal });
  });

  test('ten processes at once start exactly one server and all use it', async () => {
    const clients = Array.from({ length: 10 }, () => client('join', stateDir));
    const lines = await Promise.all(clients.map(firstLine));
    const seen = new Set(lines.map((line) => (JSON.parse(line) as { pid: number }).pid));
    for (const pid of seen) pids.add(pid);
    expect(seen.size).toBe(1);
    expect((await serverStatus(stateDir, signal)).clients).toBe(10);
    const ends = clients.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of clients) child.stdin?.end();
    expect(await Promise.all(ends)).toEqual(Array.from({ length: 10 }, () => 0));
  }, 120_000);

  test('killed: requests fail as unreachable, and the next connection starts another over the same data', async () => {
    const first = await connect();
    const collection = await first.create('docs', 'l2', identity());
    await collection?.put([{ id: 'a', text: 'A', vector: vector(1), metadata: { k: 1 } }]);
    const pid = await serverPid();
    process.kill(pid, 'SIGKILL');
    await processEnded(pid);
    await expect(collection?.count()).rejects.toMatchObject({ code: 'E401', kind: 'world' });
    expect(existsSync(serverFiles(stateDir).infoFile)).toBe(true);
    const second = await connect();
    expect(await (await second.find('docs'))?.count()).toBe(1);
  });

  test('killed with a write in flight: the write is unknown, and doing it again completes it', async () => {
    const first = await connect();
    const collection = await first.create('docs', 'l2', identity());
    const pid = await serverPid();
    const records = Array.from({ length: 1_000 }, (_, i) => ({
      id: `r${i}`,
      text: `text ${i} `.repeat(50),
      vector: vector(i, 384),
      metadata: { i },
    }));
    const writing = collection?.put(records);
    const outcome = expect(writing).rejects.toMatchObject({ name: 'WriteUnknown' });
    await clock.sleep(100);
    process.kill(pid, 'SIGKILL');
    await outcome;
    await processEnded(pid);
    const second = await connect();
    const again = await second.find('docs');
    expect([0, 1_000]).toContain(await again?.count());
    await again?.put(records);
    expect(await again?.count()).toBe(1_000);
  });

  test('is not cut off in its work by a client that is killed: everything stored can be searched', async () => {
    const child = client('write', stateDir, 'docs');
    await firstLine(child);
    await serverPid();
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await clock.sleep(200);
    child.kill('SIGKILL');
    for (const pid of pids) await processEnded(pid);
    const database = await connect();
    const collection = await database.find('docs');
    const count = (await collection?.count()) ?? 0;
    expect(count % 1_000).toBe(0);
    expect(count).toBeGreaterThanOrEqual(2_000);
    for (let number = 0; number < count; number += 97) {
      const [best] = (await collection?.query(vector(number, 64), 10, undefined)) ?? [];
      expect(best?.distance).toBeLessThan(1e-4);
    }
  }, 120_000);

  test('is found dead behind an info file whose port somebody else uses now', async () => {
    const stranger = createServer((socket) => socket.end('hello\n').resume());
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = stranger.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    mkdirSync(stateDir, { recursive: true });
    const info: ServerInfo = {
      format: 1,
      server_id: 'gone',
      pid: process.pid,
      host: 'here',
      control_port: address.port,
      token: 'x',
    };
    writeFileSync(serverFiles(stateDir).infoFile, JSON.stringify(info));
    expect(await serverStatus(stateDir, signal)).toMatchObject({ running: false });
    const database = await connect();
    expect(await database.find('docs')).toBeUndefined();
    expect(readServerInfo(serverFiles(stateDir).infoFile)?.server_id).not.toBe('gone');
    await new Promise((resolve) => stranger.close(resolve));
  });

  test.skipIf(process.platform === 'win32')('keeps its token from other users', async () => {
    await connect();
    const { infoFile, logFile } = serverFiles(stateDir);
    expect(statSync(infoFile).mode & 0o077).toBe(0);
    expect(statSync(logFile).mode & 0o077).toBe(0);
  });

  test('obeys nobody without its token', async () => {
    const database = await connect();
    const info = readServerInfo(serverFiles(stateDir).infoFile);
    if (info === undefined) throw new Error('no info file');
    const call = await callControl({ ...info, token: 'guessed' }, 'stop', 5_000, signal);
    expect(call).toBe('gone');
    expect(await database.find('docs')).toBeUndefined();
    expect((await serverStatus(stateDir, signal)).running).toBe(true);
  });

  test('as a daemon stays without clients until it is stopped', async () => {
    const options = {
      stateDir,
      entry: TEST_SERVER_ENTRY,
      program: () => resolveTestProgram(),
      clock,
      signal,
      graceMs: 50,
    };
    const started = await startServer(options);
    const pid = await serverPid();
    expect(started).toMatchObject({ running: true, daemon: true, clients: 0, pid });
    expect((await startServer(options)).pid).toBe(pid);
    await clock.sleep(300);
    const database = await connect();
    await database.close();
    await clock.sleep(300);
    expect((await serverStatus(stateDir, signal)).pid).toBe(pid);
    expect(await stopServer(stateDir, { clock, signal })).toMatchObject({ running: false });
    await processEnded(pid);
    expect(await stopServer(stateDir, { clock, signal })).toMatchObject({ running: false });
  });

  test('becomes a daemon while a command uses it, and stops only after that command', async () => {
    const database = await connect();
    const pid = await serverPid();
    const options = {
      stateDir,
      entry: TEST_SERVER_ENTRY,
      program: () => resolveTestProgram(),
      clock,
      signal,
    };
    expect(await startServer(options)).toMatchObject({ daemon: true, clients: 1, pid });
    expect(await stopServer(stateDir, { clock, signal })).toMatchObject({
      running: true,
      clients: 1,
      daemon: false,
    });
    expect(await database.find('docs')).toBeUndefined();
    await database.close();
    await processEnded(pid);
  });

  test('does not open a folder that a newer one wrote', async () => {
    const first = await connect();
    await first.close();
    for (const pid of pids) await processEnded(pid);
    const { markerFile } = serverFiles(stateDir);
    const marker = JSON.parse(readFileSync(markerFile, 'utf8')) as { written_by: { version: string } };
    marker.written_by.version = '99.0.0';
    writeFileSync(markerFile, JSON.stringify(marker));
    await expect(connect()).rejects.toMatchObject({
      code: 'E405',
      message: expect.stringContaining('99.0.0'),
      advice: expect.stringContaining('INGEST_CHROMA_BINDING'),
    });
    expect(existsSync(serverFiles(stateDir).infoFile)).toBe(false);
    expect(JSON.parse(readFileSync(markerFile, 'utf8'))).toEqual(marker);
  });

  test('ends when its state folder is deleted', async () => {
    await connect();
    const pid = await serverPid();
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    await processEnded(pid);
    expect(isAlive(pid)).toBe(false);
  });

  test('that cannot start says why, with its log, and leaves nothing running', async () => {
    mkdirSync(join(stateDir, 'chroma'), { recursive: true });
    writeFileSync(join(stateDir, 'chroma', 'chroma.sqlite3'), 'this is no database'.repeat(100));
    const error = await open({ target: EMBEDDED, stateDir }, 'read').catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'E405', advice: expect.stringContaining('chroma-server.log') });
    expect(await serverStatus(stateDir, signal)).toMatchObject({ running: false });
  }, 120_000);

  test('whose folder cannot be made or used is E405', async () => {
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, 'chroma'), 'a file in its place');
    await expect(connect()).rejects.toMatchObject({
      code: 'E405',
      message: expect.stringContaining('folder'),
    });
    const other = join(root, 'other');
    mkdirSync(serverFiles(other).lockFile, { recursive: true });
    await expect(connect(other)).rejects.toMatchObject({
      code: 'E405',
      message: expect.stringContaining('folder'),
    });
  });

  test.skipIf(process.platform === 'win32')('told to end by the system ends cleanly', async () => {
    const database = await connect();
    const collection = await database.create('docs', 'l2', identity());
    await collection?.put([{ id: 'a', text: 'A', vector: vector(1), metadata: { k: 1 } }]);
    const pid = await serverPid();
    process.kill(pid, 'SIGTERM');
    await processEnded(pid);
    expect(existsSync(serverFiles(stateDir).infoFile)).toBe(false);
    expect(readFileSync(serverFiles(stateDir).logFile, 'utf8')).toMatch(/ingest: stopped\n$/);
    const [best] = (await (await (await connect()).find('docs'))?.query(vector(1), 1, undefined)) ?? [];
    expect(best?.id).toBe('a');
  });

  test('waiting for it can be interrupted', async () => {
    const controller = new AbortController();
    controller.abort(new Error('Ctrl-C'));
    await expect(open({ target: EMBEDDED, stateDir, signal: controller.signal })).rejects.toThrow('Ctrl-C');
    expect(existsSync(join(stateDir, 'chroma'))).toBe(false);
  });
});
