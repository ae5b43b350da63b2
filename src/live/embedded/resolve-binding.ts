/**
 * Which Chroma server runs on this machine: INGEST_CHROMA_BINDING, the binding installed with chromadb, the older
 * one for systems with an older glibc (fetched once), or `chroma` on the PATH. chromadb's own choice refuses
 * Windows on x64 although the binding exists, so we choose by platform and architecture ourselves.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { IngestError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { ServerProgram } from './child-protocol.js';
import { FALLBACK_BINDINGS, FALLBACK_GLIBC } from './fallback-binding.js';
import { cachedBinding, fetchBinding } from './fetch-binding.js';
import { type ChildEntry, probeBinding } from './fork-child.js';
import { compareVersions } from './server-marker.js';

export interface ResolveOptions {
  /** The user's cache folder for this program. */
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly entry: ChildEntry;
  readonly clock: Clock;
  readonly onNote: (message: string) => void;
  readonly signal: AbortSignal;
}

/** @throws IngestError E404 when no Chroma can run here; the signal's reason */
export async function resolveProgram(options: ResolveOptions): Promise<ServerProgram> {
  const said = options.env['INGEST_CHROMA_BINDING'];
  if (said !== undefined && said !== '') return configured(resolve(said), options);

  const reasons: string[] = [];
  const installed = installedBinding();
  const probe = await probeBinding(options.entry, installed ?? missingName());
  if (installed !== undefined && probe?.loads === true) return binding(installed);
  reasons.push(
    installed === undefined
      ? `${missingName()} is not installed`
      : `the installed binding does not load: ${probe?.message ?? 'its process crashed'}`,
  );

  const fallback = FALLBACK_BINDINGS[`${platform()}-${arch()}`];
  const glibc = probe?.glibc;
  if (fallback !== undefined && glibc !== undefined && compareVersions(glibc, FALLBACK_GLIBC) >= 0) {
    const execPath = probe?.execPath ?? '';
    try {
      // One in the cache was seen to load when it was fetched.
      const cached = cachedBinding(options.cacheDir, fallback);
      if (cached !== undefined) return binding(cached);
      const folder = await fetchBinding(fallback, { ...options, execPath });
      const second = await probeBinding(options.entry, folder);
      if (second?.loads === true) return binding(folder);
      reasons.push(`${folder} does not load: ${second?.message ?? 'its process crashed'}`);
    } catch (error) {
      options.signal.throwIfAborted();
      reasons.push(`${fallback.name}@${fallback.version} cannot be fetched: ${words(error)}`);
    }
  }

  const version = await commandVersion('chroma');
  if (version !== undefined) return { kind: 'command', command: 'chroma', version };
  reasons.push('there is no `chroma` on the PATH');
  throw nothingRuns(reasons.join('; '));
}

async function configured(path: string, options: ResolveOptions): Promise<ServerProgram> {
  const probe = existsSync(path) ? await probeBinding(options.entry, path) : undefined;
  if (probe?.loads === true) return binding(path);
  const why = existsSync(path) ? (probe?.message ?? 'its process crashed') : 'it does not exist';
  throw nothingRuns(`INGEST_CHROMA_BINDING points at ${path}, which does not load: ${why}`);
}

function binding(file: string): ServerProgram {
  return { kind: 'binding', file, version: packageVersion(file) };
}

/** Version in the package.json of the folder, or beside the file. */
function packageVersion(path: string): string | undefined {
  try {
    const folder = statSync(path).isDirectory() ? path : dirname(path);
    const content = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown };
    return typeof content.version === 'string' ? content.version : undefined;
  } catch {
    return undefined;
  }
}

/** The binding that npm installed with chromadb, looked for where chromadb itself would look. */
function installedBinding(): string | undefined {
  const here = createRequire(import.meta.url);
  for (const start of [() => here, () => createRequire(here.resolve('chromadb'))]) {
    try {
      return start().resolve(missingName());
    } catch {
      // Not for this platform, or left out by --omit=optional.
    }
  }
  return undefined;
}

function missingName(): string {
  const suffix: Readonly<Record<string, string>> = { linux: '-gnu', win32: '-msvc' };
  return `chromadb-js-bindings-${platform()}-${arch()}${suffix[platform()] ?? ''}`;
}

function commandVersion(command: string): Promise<string | undefined> {
  return new Promise((done) => {
    execFile(command, ['--version'], { timeout: 10_000, windowsHide: true }, (error, stdout) => {
      done(error === null ? /\d{1,9}\.\d{1,9}\.\d{1,9}/.exec(stdout)?.[0] : undefined);
    });
  });
}

function nothingRuns(why: string): IngestError {
  return new IngestError('E404', `no Chroma server runs on this machine: ${why}`, {
    kind: 'world',
    advice:
      'Choose one: set INGEST_CHROMA_BINDING to a chromadb-js-bindings package that loads here; put `chroma` on the PATH; or run one elsewhere (docker run -p 8000:8000 chromadb/chroma) and write its url in the manifest.',
  });
}

/** Messages of an error and its causes. */
function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${words(error.cause)}`;
}
