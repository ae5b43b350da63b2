/**
 * The program's own composition root with every port passing through an interceptor: requests to Chroma and to the
 * embedding provider, cache writes, commits of the state, renames of the completed state, taking the lease. A
 * process that dies here leaves what a SIGKILL leaves: its lease, its log and its files, and sends nothing more.
 */
import fs, { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type Identity, Session } from '../../src/cli/session/session.js';
import type { Manifest } from '../../src/domain/manifest.js';
import type { Clock } from '../../src/domain/ports/clock.js';
import type { Embedder, EmbeddingCache, EmbeddingProvider } from '../../src/domain/ports/embedder.js';
import type { LiveDatabase } from '../../src/domain/ports/live.js';
import type { StateTransaction } from '../../src/domain/ports/state.js';
import { createEmbedder } from '../../src/embedding/create-embedder.js';
import { createProvider } from '../../src/embedding/create-provider.js';
import type { LeasedWriter } from '../../src/recorded/state-writer.js';
import { realClock } from './real-clock.js';

/** The process is gone: nothing more is written by it, anywhere. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** A cache that cannot be written says so and goes on: thrown before a cache write, it is left out. */
export class Dropped extends Error {
  override readonly name = 'Dropped';
}

/** One thing that a run does to the world. */
export interface Step {
  readonly port:
    | 'create'
    | 'writeIdentity'
    | 'renameCollection'
    | 'remove'
    | 'copyFrom'
    | 'put'
    | 'patch'
    | 'delete'
    | 'embed'
    | 'cache'
    | 'commit'
    | 'rename'
    | 'lease';
  /** Of the records, or the texts, or the file; of a collection its name, and the role that it is given. */
  readonly ids: readonly string[];
  /** Id of the collection that is written to. */
  readonly collection?: string;
  /** What a transaction did: names of its methods and of the events that it appended. */
  readonly did: ReadonlySet<string>;
}

export interface Interceptor {
  /** A request; `send` may be called never, once, twice or when everybody has forgotten it. */
  request<T>(step: Step, send: () => Promise<T>): Promise<T>;
  /** Around what happens at once. Throwing before it undoes it: a transaction is rolled back. */
  before(step: Step): void;
  after(step: Step): void;
  /** Before every read of Chroma. */
  reading(): void;
  /** After the last page of a listing of ids. */
  listed?(): Promise<void>;
}

/** Writes of Chroma by the method that sends them. */
const WRITES: Readonly<Record<string, Step['port']>> = {
  create: 'create',
  remove: 'remove',
  writeIdentity: 'writeIdentity',
  rename: 'renameCollection',
  copyFrom: 'copyFrom',
  put: 'put',
  patch: 'patch',
  delete: 'delete',
};

/** No process has such an id, so the system says of every holder that it is gone. */
let pids = 2_000_000_000;

export interface InterceptedOptions {
  /** Holds `state/`. */
  readonly root: string;
  readonly interceptor: Interceptor;
  readonly signal: AbortSignal;
  /** Undefined: the one that the manifest names. */
  readonly database: LiveDatabase | undefined;
  /** Records per request and texts per request. Undefined: as many as the real ones take. */
  readonly maxBatch: number | undefined;
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
    const step: Step = { port: 'lease', ids: [], did: new Set() };
    this.#interceptor.before(step);
    const writer = await super.acquireWriter(...args);
    this.#interceptor.after(step);
    const commit: LeasedWriter['transaction'] = writer.transaction.bind(writer);
    return Object.assign(writer, {
      transaction: ((fn, options) => {
        const did = new Set<string>();
        const step: Step = { port: 'commit', ids: [], did };
        const value = commit((tx) => {
          const made = fn(noting(tx, did));
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
      throughput: (fingerprint) => cache.throughput(fingerprint),
      noteThroughput: (fingerprint, tokens, busyMs) => cache.noteThroughput(fingerprint, tokens, busyMs),
      close: () => cache.close(),
      put: (fingerprint, vectors) => {
        const step: Step = { port: 'cache', ids: [...vectors.keys()], did: new Set() };
        try {
          interceptor.before(step);
        } catch (error) {
          if (error instanceof Dropped) return;
          throw error;
        }
        cache.put(fingerprint, vectors);
        interceptor.after(step);
      },
    };
    return this.#cache;
  }

  override async embedder(manifest: Manifest, pinnedDimensions: number | undefined): Promise<Embedder> {
    const { clock } = this.options;
    const provider = createProvider(manifest.embedding, { clock, modelCacheDir: 'unused' });
    const intercepted: EmbeddingProvider = {
      name: provider.name,
      model: provider.model,
      fingerprint: provider.fingerprint,
      dimensions: provider.dimensions,
      maxBatch: this.#given.maxBatch ?? provider.maxBatch,
      maxConcurrency: provider.maxConcurrency,
      rateLimits: provider.rateLimits,
      pricePerMillionTokens: provider.pricePerMillionTokens,
      embed: (texts, role, signal) =>
        this.#interceptor.request({ port: 'embed', ids: texts, did: new Set() }, () =>
          provider.embed(texts, role, signal),
        ),
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
        if (key === 'server') return this.#limited(value as LiveDatabase['server']);
        if (typeof value !== 'function' || typeof key !== 'string') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        const port = Object.hasOwn(WRITES, key) ? WRITES[key] : undefined;
        if (port === undefined) {
          return (...given: unknown[]) => {
            interceptor.reading();
            const answer = bound(...given);
            if (key === 'ids') return this.#listed(answer as AsyncIterable<readonly string[]>);
            return key === 'find' ? this.#found(answer) : answer;
          };
        }
        return (...given: unknown[]) => {
          const step: Step = { port, did: new Set(), ...facts(port, target, given) };
          const sent = interceptor.request(step, async () => bound(...given));
          return key === 'create' ? this.#found(sent) : sent;
        };
      },
    });
  }

  #limited(server: LiveDatabase['server']): LiveDatabase['server'] {
    return { ...server, maxBatch: this.#given.maxBatch ?? server.maxBatch };
  }

  async *#listed(pages: AsyncIterable<readonly string[]>): AsyncGenerator<readonly string[]> {
    yield* pages;
    await this.#interceptor.listed?.();
  }

  async #found(answer: unknown): Promise<unknown> {
    const found = await answer;
    return typeof found === 'object' && found !== null ? this.#wrapped(found) : found;
  }
}

/** Waiting takes no time: retries back off for seconds. `ahead` sets the wall clock, in milliseconds. */
export function impatientClock(ahead: () => number = () => 0): Clock {
  const real = realClock();
  return {
    ...real,
    now: () => real.now() + ahead(),
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

/** What the step is about, as tests tell steps apart. */
function facts(
  port: Step['port'],
  target: object,
  given: readonly unknown[],
): Pick<Step, 'ids' | 'collection'> {
  const [first, second] = given;
  const { id, name } = (port === 'remove' ? first : target) as { id?: string; name?: string };
  const about = (ids: readonly string[]): Pick<Step, 'ids' | 'collection'> =>
    id === undefined ? { ids } : { ids, collection: id };
  switch (port) {
    case 'create':
      return about([String(first)]);
    case 'remove':
      return about([String(name)]);
    case 'writeIdentity':
      return about([String(name), (first as { role: string }).role]);
    case 'renameCollection':
      return about([String(first), (second as { role: string }).role]);
    default:
      return about(idsIn(port === 'copyFrom' ? second : first));
  }
}

function idsIn(argument: unknown): string[] {
  if (!Array.isArray(argument)) return [];
  return argument.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item ? String(item.id) : String(item),
  );
}

/** Which methods were called, with the operation of intents and the type of events. */
function noting(tx: StateTransaction, did: Set<string>): StateTransaction {
  return new Proxy(tx, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || typeof key !== 'string') return value;
      return (...given: unknown[]) => {
        did.add(key);
        const [first, second] = given;
        if (key === 'append') did.add((first as { type: string }).type);
        if (key === 'openIntents')
          for (const intent of first as { operation: string }[]) did.add(`openIntents ${intent.operation}`);
        if (key === 'markIntents') did.add(`markIntents ${String(second)} ${String(given[3])}`);
        return value.apply(target, given) as unknown;
      };
    },
  });
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
    const step: Step = { port: 'rename', ids: [String(to)], did: new Set() };
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
