/**
 * The program's own composition root with every port passing through an interceptor: requests to Chroma and to the
 * embedding provider, cache writes, commits of the state, renames of the completed state, taking the lease. A
 * process that dies here leaves what a SIGKILL leaves: its lease, its log and its files, and sends nothing more.
 */
import fs, { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type Identity, Session } from '../../../src/cli/session.js';
import type { Manifest } from '../../../src/domain/manifest.js';
import type { Clock } from '../../../src/domain/ports/clock.js';
import type { Embedder, EmbeddingCache, EmbeddingProvider } from '../../../src/domain/ports/embedder.js';
import type { LiveDatabase } from '../../../src/domain/ports/live.js';
import { createEmbedder } from '../../../src/embedding/create-embedder.js';
import { createProvider } from '../../../src/embedding/create-provider.js';
import type { LeasedWriter } from '../../../src/recorded/state-writer.js';
import { realClock } from '../../support/real-clock.js';

/** The process is gone: nothing more is written by it, anywhere. */
class Killed extends Error {
  override readonly name = 'Killed';
}

/** One thing that a run does to the world. */
export interface Step {
  readonly port:
    | 'create'
    | 'writeIdentity'
    | 'put'
    | 'patch'
    | 'delete'
    | 'embed'
    | 'cache'
    | 'commit'
    | 'rename'
    | 'lease';
  /** Of the records, or the texts, or the file. */
  readonly ids: readonly string[];
}

export interface Interceptor {
  /** A request; `send` may be called never, once, twice or when everybody has forgotten it. */
  request<T>(step: Step, send: () => Promise<T>): Promise<T>;
  /** Around what happens at once. Throwing before it undoes it: a transaction is rolled back. */
  before(step: Step): void;
  after(step: Step): void;
  /** Before every read of Chroma. */
  reading(): void;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'writeIdentity', 'put', 'patch', 'delete']);

/** No process has such an id, so the system says of every holder that it is gone. */
let pids = 2_000_000_000;

export interface InterceptedOptions {
  /** Holds `state/`. */
  readonly root: string;
  readonly interceptor: Interceptor;
  readonly signal: AbortSignal;
  /** Undefined: the one that the manifest names. */
  readonly database: LiveDatabase | undefined;
  /** Records per request and texts per request: small, so that a document takes several. */
  readonly maxBatch: number;
}

export class InterceptedSession extends Session {
  override readonly identity: Identity;
  readonly #given: InterceptedOptions;
  readonly #interceptor: Interceptor;
  #cache: EmbeddingCache | undefined;
  readonly #unwatch: () => void;
  #corpse: string | undefined;

  constructor(given: InterceptedOptions) {
    super({
      stateRoot: 'state',
      desiredPaths: ['desired'],
      environment: undefined,
      env: {},
      cwd: given.root,
      clock: impatientClock(),
      signal: given.signal,
      toolVersion: '0.0.0-test',
      onProgress: () => {},
      onWarning: () => {},
    });
    this.identity = { user: 'tester', host: 'here', pid: ++pids };
    this.#given = given;
    this.#interceptor = given.interceptor;
    this.#unwatch = watchRenames(given.root, given.interceptor);
  }

  /** Keeps the files as they are at this moment. @throws Killed always */
  die(): never {
    this.#corpse = join(this.#given.root, `corpse-${this.identity.pid}`);
    copyState(join(this.#given.root, 'state'), this.#corpse);
    throw new Killed(`process ${this.identity.pid}`);
  }

  override async database(
    environment: string,
    manifest: Manifest,
    mode: 'read' | 'write',
  ): Promise<LiveDatabase | 'absent'> {
    this.#interceptor.reading();
    const found = this.#given.database ?? (await super.database(environment, manifest, mode));
    return found === 'absent' ? found : this.#wrapped(found);
  }

  override async acquireWriter(
    ...args: Parameters<Session['acquireWriter']>
  ): ReturnType<Session['acquireWriter']> {
    const step: Step = { port: 'lease', ids: [] };
    this.#interceptor.before(step);
    const writer = await super.acquireWriter(...args);
    this.#interceptor.after(step);
    const commit: LeasedWriter['transaction'] = writer.transaction.bind(writer);
    return Object.assign(writer, {
      transaction: ((fn, options) => {
        const step: Step = { port: 'commit', ids: [] };
        const value = commit((tx) => {
          const made = fn(tx);
          this.#interceptor.before(step);
          return made;
        }, options);
        this.#interceptor.after(step);
        return value;
      }) satisfies LeasedWriter['transaction'],
    });
  }

  override async cache(): Promise<EmbeddingCache> {
    if (this.#cache !== undefined) return this.#cache;
    const cache = await super.cache();
    const interceptor = this.#interceptor;
    this.#cache = {
      get: (fingerprint, shas) => cache.get(fingerprint, shas),
      has: (fingerprint, shas) => cache.has(fingerprint, shas),
      close: () => cache.close(),
      put: (fingerprint, vectors) => {
        const step: Step = { port: 'cache', ids: [...vectors.keys()] };
        interceptor.before(step);
        cache.put(fingerprint, vectors);
        interceptor.after(step);
      },
    };
    return this.#cache;
  }

  override async embedder(manifest: Manifest, pinnedDimensions: number | undefined): Promise<Embedder> {
    const { clock } = this.options;
    const provider = createProvider(manifest.embedding, { clock });
    const intercepted: EmbeddingProvider = {
      name: provider.name,
      model: provider.model,
      fingerprint: provider.fingerprint,
      dimensions: provider.dimensions,
      maxBatch: this.#given.maxBatch,
      maxConcurrency: 1,
      pricePerMillionTokens: provider.pricePerMillionTokens,
      embed: (texts, role, signal) =>
        this.#interceptor.request({ port: 'embed', ids: texts }, () => provider.embed(texts, role, signal)),
    };
    return createEmbedder({ provider: intercepted, cache: await this.cache(), clock, pinnedDimensions });
  }

  override async close(): Promise<void> {
    const { root } = this.#given;
    try {
      await super.close();
    } finally {
      this.#unwatch();
      if (this.#corpse !== undefined) {
        removeState(join(root, 'state'));
        cpSync(this.#corpse, join(root, 'state'), { recursive: true });
        rmSync(this.#corpse, { recursive: true });
      }
    }
  }

  #wrapped<T extends object>(object: T): T {
    const interceptor = this.#interceptor;
    return new Proxy(object, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (key === 'server') return { ...(value as LiveDatabase['server']), maxBatch: this.#given.maxBatch };
        if (typeof value !== 'function' || typeof key !== 'string') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        if (!WRITES.has(key)) {
          return (...given: unknown[]) => {
            interceptor.reading();
            const answer = bound(...given);
            return key === 'find' ? this.#found(answer) : answer;
          };
        }
        return (...given: unknown[]) => {
          const step: Step = { port: key as Step['port'], ids: idsIn(given[0]) };
          const sent = interceptor.request(step, async () => bound(...given));
          return key === 'create' ? this.#found(sent) : sent;
        };
      },
    });
  }

  async #found(answer: unknown): Promise<unknown> {
    const found = await answer;
    return typeof found === 'object' && found !== null ? this.#wrapped(found) : found;
  }
}

/** Waiting takes no time: retries back off for seconds. */
function impatientClock(): Clock {
  return { ...realClock(), sleep: () => new Promise((resolve) => setImmediate(resolve)) };
}

function idsIn(argument: unknown): string[] {
  if (!Array.isArray(argument)) return [];
  return argument.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item ? String(item.id) : String(item),
  );
}

/** An embedded Chroma below the state is a process of its own: it is not part of what died. */
function stateFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${join('dev', 'chroma')}`));
}

function copyState(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of stateFiles(from)) cpSync(file, join(to, file.slice(from.length + 1)));
}

function removeState(folder: string): void {
  for (const file of stateFiles(folder)) rmSync(file);
}

/** By the folder below which a session renames files. */
const watched = new Map<string, Interceptor>();
const rename = fs.renameSync;

/** Returns what ends it: then the session that watched before, if any, watches again. */
function watchRenames(root: string, interceptor: Interceptor): () => void {
  const before = watched.get(root);
  watched.set(root, interceptor);
  const unwatch = (): void => {
    if (before === undefined) unwatchRenames(root);
    else watched.set(root, before);
  };
  if (fs.renameSync !== rename) return unwatch;
  fs.renameSync = (from, to) => {
    const found = [...watched].find(([root]) => String(to).startsWith(join(root, 'state')))?.[1];
    const step: Step = { port: 'rename', ids: [String(to)] };
    found?.before(step);
    rename(from, to);
    found?.after(step);
  };
  syncBuiltinESMExports();
  return unwatch;
}

function unwatchRenames(root: string): void {
  watched.delete(root);
  if (watched.size > 0) return;
  fs.renameSync = rename;
  syncBuiltinESMExports();
}
