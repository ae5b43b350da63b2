/**
 * The composition root: opens what a command needs, hands it out as ports, and closes all of it. Adapters
 * are imported when they are first needed, so that `--help` loads none.
 */
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ProgressEvent } from '../../domain/events.js';
import type { DesiredState, Manifest } from '../../domain/manifest.js';
import type { Clock } from '../../domain/ports/clock.js';
import type { Embedder, EmbeddingCache } from '../../domain/ports/embedder.js';
import type { LandingFiles, LandingStore } from '../../domain/ports/landing.js';
import type { LiveConnector, LiveDatabase } from '../../domain/ports/live.js';
import type { StatCache } from '../../domain/ports/source.js';
import type { StateReader } from '../../domain/ports/state.js';
import { type Stopwatch, unmeasured } from '../../domain/ports/stopwatch.js';
import { type Telemetry, untold } from '../../domain/ports/telemetry.js';
import type { HolderReport, RebuiltIndex } from '../../domain/state-reports.js';
import type { LeaseHolder } from '../../domain/state-rows.js';
import type { TraceContext } from '../../domain/trace-context.js';
import type { Warning } from '../../domain/warning.js';
import type { PlanningPorts } from '../../plan/planning-ports.js';
import type { SourceContext } from '../../sources/source-context.js';
import { traceContextOf } from '../telemetry/trace-context.js';
import { tracedFetch, tracedStopwatch } from '../telemetry/traced-ports.js';
import { Caches } from './caches.js';
import { Connections } from './connections.js';
import { folderNeeded } from './folder-needed.js';
import { identifyModel } from './identify-model.js';
import { mintRunId } from './mint-run-id.js';
import { openEmbedder } from './open-embedder.js';
import { planningPorts } from './planning-ports.js';
import { StatePlace } from './state-place.js';
import { userCacheDir } from './user-cache-dir.js';

export interface SessionOptions {
  readonly stateRoot: string;
  readonly desiredPaths: readonly string[];
  readonly environment: string | undefined;
  /** What the manifests are supposed to say, for a plan that is only looked at. */
  readonly overrides?: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Ends requests to Chroma in flight, which are finished otherwise. */
  readonly giveUp?: AbortSignal;
  readonly toolVersion: string;
  /** Not given: the one that the environment names, or one of its own. */
  readonly trace?: TraceContext;
  readonly onProgress: (event: ProgressEvent) => void;
  readonly onWarning: (warning: Warning) => void;
  /** Not given: nothing is measured. */
  readonly stopwatch?: Stopwatch;
  /** Not given: nothing is told. */
  readonly telemetry?: Telemetry;
  /** Called when a run was begun. */
  readonly onRun?: (runId: string, environment: string) => void;
  /** Called when a plan is about to be carried out. */
  readonly onExecute?: () => void;
}

export interface Identity {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
}

export class Session {
  readonly options: SessionOptions;
  readonly stopwatch: Stopwatch;
  readonly telemetry: Telemetry;
  readonly trace: TraceContext;
  #runId: string | undefined;
  readonly identity: Identity = { user: userName(), host: hostname(), pid: process.pid };
  readonly #place: StatePlace;
  readonly #connections: Connections;
  readonly #closing: (() => void | Promise<void>)[] = [];
  /** With --state live, once it was read: what came of each index. */
  rebuilt: readonly RebuiltIndex[] = [];
  #desired: DesiredState | undefined;
  readonly #caches: Caches;

  constructor(options: SessionOptions) {
    this.options = options;
    const { stopwatch = unmeasured, telemetry = untold } = options;
    this.telemetry = telemetry;
    this.stopwatch = telemetry === untold ? stopwatch : tracedStopwatch(stopwatch, telemetry);
    this.trace = options.trace ?? traceContextOf(options.env).trace;
    this.#place = new StatePlace(options.stateRoot, options.cwd);
    this.#connections = new Connections(
      (environment, manifest) => this.#connector(environment, manifest),
      (database) => this.#closing.push(() => database.close()),
    );
    this.#caches = new Caches({
      folder: join(this.#place.root, 'cache'),
      temporary: this.#place.isLive,
      clock: options.clock,
      onWarning: options.onWarning,
    });
    this.#closing.push(() => this.#caches.close());
  }

  /** Undefined until one was begun. */
  get runId(): string | undefined {
    return this.#runId;
  }

  began(runId: string, environment: string): void {
    this.#runId = runId;
    this.options.onRun?.(runId, environment);
  }

  /** `false`: local models, or what sources read, are not looked at, so none needs to be there. */
  loadDesired(looked: { readonly models?: boolean; readonly inputs?: boolean } = {}): Promise<DesiredState> {
    return this.stopwatch.time('load', () => this.#loadDesired(looked.models ?? true, looked.inputs ?? true));
  }

  async #loadDesired(models: boolean, inputs: boolean): Promise<DesiredState> {
    const { loadDesired } = await import('../../desired/load-desired.js');
    const { desiredPaths, environment, overrides, env, cwd } = this.options;
    const desired = await loadDesired({ paths: desiredPaths, environment, overrides, env, cwd, inputs });
    for (const warning of desired.warnings) this.options.onWarning(warning);
    const manifests = models
      ? await Promise.all(desired.manifests.map((one) => identifyModel(one, () => this.statCache())))
      : desired.manifests;
    this.#desired = { ...desired, manifests };
    return this.#desired;
  }

  async validateAll(): Promise<readonly DesiredState[]> {
    const { loadAllEnvironments } = await import('../../desired/load-desired.js');
    const { desiredPaths, env, cwd } = this.options;
    return loadAllEnvironments({ paths: desiredPaths, env, cwd });
  }

  stateDir(environment: string): string {
    return this.#place.folder(environment);
  }

  /** For people. */
  stateFile(environment: string): string {
    return join(this.#place.shownFolder(environment), 'ingest.db');
  }

  async openReader(environment: string): Promise<StateReader> {
    if (this.#place.isLive) return this.#readLive(environment);
    const { openStateReader } = await import('../../recorded/open-state.js');
    const state = openStateReader(this.stateDir(environment));
    this.#closing.push(() => state.close());
    return state;
  }

  async #readLive(environment: string): Promise<StateReader> {
    const { openLiveState } = await import('./live-state.js');
    const desired = this.#desired ?? (await this.loadDesired());
    const { state, rebuilt } = await openLiveState(this, desired, environment);
    this.#closing.push(() => state.close());
    this.rebuilt = rebuilt;
    return state;
  }

  /** Returns where the copy is. `fence`: of the caller's own lease, which is no part of what it backs up. */
  async backUp(environment: string, fence: number | undefined): Promise<string> {
    const { backUpState } = await import('../../recorded/back-up-state.js');
    const stamp = new Date(this.options.clock.now()).toISOString().replaceAll(/[:.]/g, '-');
    return backUpState(this.stateDir(environment), stamp, fence);
  }

  async acquireWriter(
    environment: string,
    command: string,
    fsync: 'doc' | 'interval' | 'off',
    over?: number,
  ) {
    if (this.#place.isLive) throw folderNeeded(command);
    const { acquireWriter } = await import('../../recorded/acquire-lease.js');
    const { clock, signal } = this.options;
    const writer = await acquireWriter({
      stateDir: this.stateDir(environment),
      mintRunId: (newest) => mintRunId(clock.now(), newest),
      command,
      ...this.identity,
      clock,
      fsync,
      signal,
      ...(over === undefined ? {} : { over }),
      onWaiting: (holder) =>
        this.options.onProgress({
          type: 'note',
          message: `Lease held by ${holder.user}@${holder.host}, pid ${holder.pid}: looking whether it is alive`,
        }),
    });
    this.#closing.push(() => writer.close());
    return writer;
  }

  async livingHolder(environment: string, state: StateReader): Promise<LeaseHolder | undefined> {
    const { livingHolder } = await import('../../recorded/holder-liveness.js');
    return livingHolder(this.#liveness(environment, state));
  }

  async judgeHolder(environment: string, state: StateReader): Promise<HolderReport | undefined> {
    const { judgeHolder } = await import('../../recorded/holder-liveness.js');
    return judgeHolder(this.#liveness(environment, state));
  }

  #liveness(environment: string, state: StateReader) {
    const { clock, signal } = this.options;
    return { state, stateDir: this.stateDir(environment), host: this.identity.host, clock, signal };
  }

  database(
    environment: string,
    manifest: Manifest,
    mode: 'read' | 'write',
  ): Promise<LiveDatabase | 'absent'> {
    return this.#connections.database(environment, manifest, mode);
  }

  async #connector(environment: string, manifest: Manifest): Promise<LiveConnector> {
    const { createConnector } = await import('../../live/connect.js');
    const { clock, signal, giveUp, env, onProgress } = this.options;
    const { telemetry } = this;
    return createConnector({
      target: manifest.target,
      stateDir: this.stateDir(environment),
      cacheDir: userCacheDir(),
      env,
      clock,
      onNote: (message) => onProgress({ type: 'note', message }),
      signal,
      ...(giveUp === undefined ? {} : { giveUp }),
      ...(telemetry === untold ? {} : { through: (send) => tracedFetch(send, telemetry) }),
    });
  }

  cache(): Promise<EmbeddingCache> {
    return this.#caches.embeddings();
  }

  statCache(): Promise<StatCache> {
    return this.#caches.stats();
  }

  /** Opens nothing. */
  async landing(environment: string): Promise<LandingStore & LandingFiles> {
    const { openLandingStore } = await import('../../recorded/landing-store.js');
    return openLandingStore(this.stateDir(environment));
  }

  /** `given`: another cache than the one of this state. */
  async embedder(
    manifest: Manifest,
    pinnedDimensions: number | undefined,
    given?: EmbeddingCache,
  ): Promise<Embedder> {
    const { clock, env, stopwatch } = this.options;
    const { telemetry } = this;
    const world = { clock, env, stopwatch, telemetry, cache: async () => given ?? this.cache() };
    const { embedder, close } = await openEmbedder(world, manifest, pinnedDimensions);
    this.#closing.push(close);
    return embedder;
  }

  /** What sources need of the world. */
  get sourceContext(): SourceContext {
    const { env, clock, signal } = this.options;
    return { env, clock, signal, pages: () => this.#caches.pages() };
  }

  planningPorts(
    environment: string,
    state: StateReader,
    busyFence: number | undefined,
  ): Promise<PlanningPorts> {
    const stateFolder = this.#place.shownFolder(environment);
    return planningPorts(this, { environment, state, busyFence, stateFolder });
  }

  /** Everything that was opened, in reverse order; each is closed even if another fails to. */
  async close(): Promise<void> {
    let failure: { error: unknown } | undefined;
    for (const close of this.#closing.reverse()) {
      try {
        await close();
      } catch (error) {
        failure ??= { error };
      }
    }
    this.#closing.length = 0;
    if (failure !== undefined) throw failure.error;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
