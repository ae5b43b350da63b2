/**
 * Fetches a binding package once into the user's cache folder with the user's own npm, so that its registry,
 * proxy and credentials are those that are configured. A lock file pins the integrity; no script runs.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Clock } from '../../domain/ports/clock.js';
import type { FallbackBinding } from './fallback-binding.js';
import { tryFolderLock } from './folder-lock.js';

export interface FetchOptions {
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of Node itself: npm usually lies beside it. */
  readonly execPath: string;
  readonly clock: Clock;
  readonly onNote: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Where a fetched package lies; undefined when it was not fetched yet. */
export function cachedBinding(cacheDir: string, binding: FallbackBinding): string | undefined {
  const folder = bindingFolder(cacheDir, binding);
  return existsSync(join(folder, 'package.json')) ? folder : undefined;
}

/**
 * Returns the package's folder. Of several processes one fetches and the others wait for it.
 * @throws Error with npm's words when it cannot be fetched; the signal's reason
 */
export async function fetchBinding(binding: FallbackBinding, options: FetchOptions): Promise<string> {
  const parent = join(options.cacheDir, 'bindings');
  mkdirSync(parent, { recursive: true });
  let announced = false;
  for (;;) {
    options.signal.throwIfAborted();
    const lock = tryFolderLock(join(parent, 'fetch.lock'));
    try {
      const cached = cachedBinding(options.cacheDir, binding);
      if (cached !== undefined) return cached;
      if (lock !== undefined) return await fetchUnderLock(binding, parent, options);
    } finally {
      lock?.release();
    }
    if (!announced) options.onNote('waiting for another ingest that is fetching the Chroma server');
    announced = true;
    await options.clock.sleep(500, options.signal);
  }
}

async function fetchUnderLock(
  binding: FallbackBinding,
  parent: string,
  options: FetchOptions,
): Promise<string> {
  // We hold the lock: whatever lies there was left by a fetch that was killed.
  for (const left of readdirSync(parent).filter((name) => name.startsWith('.fetch-'))) {
    rmSync(join(parent, left), { recursive: true, force: true });
  }
  const folder = bindingFolder(options.cacheDir, binding);
  const temporary = join(parent, `.fetch-${randomUUID()}`);
  const { onNote, clock } = options;
  onNote(
    `fetching a Chroma server that runs on this system: ${binding.name}@${binding.version}, about ${binding.packedMb} MB ` +
      `(${binding.unpackedMb} MB on disk) into ${folder}; this happens once`,
  );
  mkdirSync(temporary, { recursive: true });
  const started = clock.monotonic();
  const seconds = (): number => Math.round((clock.monotonic() - started) / 1000);
  const unpacked = join(temporary, 'node_modules', binding.name);
  const progress = setInterval(
    () => onNote(`still fetching the Chroma server: ${seconds()} s, ${megabytes(unpacked)} MB unpacked`),
    5_000,
  );
  try {
    writeProject(temporary, binding);
    await runNpm(temporary, options);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
    onNote(`fetched the Chroma server in ${seconds()} s`);
    return folder;
  } finally {
    clearInterval(progress);
    rmSync(temporary, { recursive: true, force: true });
  }
}

function bindingFolder(cacheDir: string, binding: FallbackBinding): string {
  return join(cacheDir, 'bindings', `${binding.name}-${binding.version}`);
}

/** `resolved` is left out, so that npm asks the configured registry for the tarball. */
function writeProject(folder: string, { name, version, integrity }: FallbackBinding): void {
  const root = { name: 'ingest-chroma-binding', version: '0.0.0', dependencies: { [name]: version } };
  const lock = {
    name: root.name,
    version: root.version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, [`node_modules/${name}`]: { version, integrity } },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...root, private: true }));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
}

function runNpm(folder: string, options: FetchOptions): Promise<void> {
  const argv = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const npm = startNpm(folder, argv, options);
  let said = '';
  const hear = (data: Buffer): void => {
    said = (said + data.toString('utf8')).slice(-4_000);
  };
  npm.stdout?.on('data', hear);
  npm.stderr?.on('data', hear);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      npm.kill();
    };
    options.signal.addEventListener('abort', onAbort, { once: true });
    const settle = (error: unknown): void => {
      options.signal.removeEventListener('abort', onAbort);
      if (options.signal.aborted) reject(options.signal.reason);
      else if (error === undefined) resolve();
      else reject(error);
    };
    npm.on('error', (error) => settle(new Error('npm could not be started', { cause: error })));
    npm.on('close', (code) =>
      settle(code === 0 ? undefined : new Error(`npm ended with ${code}: ${said.trim()}`)),
    );
  });
}

function startNpm(folder: string, argv: readonly string[], options: FetchOptions): ChildProcess {
  const script = npmScript(options);
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  // npm's JavaScript under this very Node: on Windows `npm` is a .cmd, which only a shell can run.
  return script === undefined
    ? spawn('npm', argv, { cwd: folder, stdio: [...stdio], windowsHide: true })
    : fork(script, argv, { cwd: folder, stdio: [...stdio, 'ipc'], execArgv: [] });
}

function npmScript({ env, execPath }: FetchOptions): string | undefined {
  const cli = join('node_modules', 'npm', 'bin', 'npm-cli.js');
  const beside = dirname(execPath);
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    join(beside, cli),
    join(beside, '..', 'lib', cli),
    ...(platform() === 'win32' ? folders.map((folder) => join(folder, cli)) : []),
  ];
  const running = env['npm_execpath'];
  if (running?.endsWith('npm-cli.js') === true) candidates.unshift(running);
  return candidates.find((candidate) => existsSync(candidate));
}

/** Of the files in a folder; 0 when there is none yet. */
function megabytes(folder: string): number {
  try {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    return Math.round(bytes / 1_000_000);
  } catch {
    return 0;
  }
}
