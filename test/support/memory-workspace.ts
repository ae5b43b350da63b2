/**
 * The whole path in one process: real files, real SQLite, the program's own composition root; only Chroma is a
 * memory double. Faults are injected at its calls and at the commits of the recorded state.
 */
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runApply } from '../../src/cli/run/run-apply.js';
import { type RunRollbackOptions, runRollback } from '../../src/cli/run/run-rollback.js';
import { Session } from '../../src/cli/session/session.js';
import { adoptState } from '../../src/cli/state/adopt-state.js';
import { cleanLanding } from '../../src/cli/state/clean-landing.js';
import { forgetState } from '../../src/cli/state/forget-state.js';
import { rebuildState } from '../../src/cli/state/rebuild-state.js';
import type { DriftReport } from '../../src/domain/drift-report.js';
import type { Manifest } from '../../src/domain/manifest.js';
import {
  type Change,
  DEFAULT_PLAN_OPTIONS,
  type Plan,
  type PlanHeader,
  type PlanIndex,
  type PlanOptions,
} from '../../src/domain/plan.js';
import type { Clock } from '../../src/domain/ports/clock.js';
import type { StateReader } from '../../src/domain/ports/state.js';
import type { ApplyResult, ResumeReport, StatusIndex } from '../../src/domain/results.js';
import type { RollbackResult } from '../../src/domain/rollback.js';
import { FULL_SNAPSHOT } from '../../src/domain/source-spec.js';
import type {
  AdoptReport,
  CleanedLanding,
  ForgetReport,
  RebuildReport,
} from '../../src/domain/state-reports.js';
import { type ApplyAnswer, drift, plan, status } from '../../src/pipeline.js';
import { openDatabase } from '../../src/platform/sqlite.js';
import { writeFileAtomic } from '../../src/platform/write-file-atomic.js';
import { openLandingStore } from '../../src/recorded/landing-store.js';
import { openStateReader } from '../../src/recorded/open-state.js';
import type { LeasedWriter } from '../../src/recorded/state-writer.js';
import { impatientClock, Killed } from './intercepted-session.js';
import { MemoryChroma } from './memory-chroma.js';
import { quickFolder } from './quick-folder.js';

/** Counts boundaries (before and after every commit and every Chroma write) and dies at the chosen one. */
export class Fate {
  steps = 0;
  dead = false;
  readonly #dieAt: number;

  constructor(dieAt = Number.POSITIVE_INFINITY) {
    this.#dieAt = dieAt;
  }

  step(): void {
    this.breathe();
    if (++this.steps < this.#dieAt) return;
    this.dead = true;
    throw new Killed(`at boundary ${this.steps}`);
  }

  breathe(): void {
    if (this.dead) throw new Killed('already dead');
  }
}

export interface CleanOptions {
  readonly keepBatches?: number;
  readonly before?: string;
  readonly approve?: boolean;
}

export interface Planned {
  readonly header: PlanHeader;
  readonly index: PlanIndex['header'];
  readonly changes: readonly Change[];
}

export class Workspace {
  readonly root = mkdtempSync(join(quickFolder(), 'ingest-inproc-'));
  readonly docs: string;
  readonly chroma: MemoryChroma;
  readonly manifests: Manifest[];
  /** What approval was asked for, last. */
  resume: ResumeReport | undefined;
  /** Milliseconds by which this workspace's wall clock is ahead of the real one. */
  clockAhead = 0;
  /** Called when the program waits; nothing ever waits for long here. */
  onSleep: () => void = () => {};
  /** Called before an input is kept in the landing store. */
  onLanding: () => void = () => {};
  #controller = new AbortController();

  /** `shared`: the documents of another workspace, for a fresh build of the same. */
  constructor(
    options: {
      readonly docs?: string;
      readonly chroma?: MemoryChroma;
      readonly manifest?: Partial<Manifest>;
    } = {},
  ) {
    this.docs = options.docs ?? join(this.root, 'docs');
    this.chroma = options.chroma ?? new MemoryChroma();
    mkdirSync(this.docs, { recursive: true });
    this.manifests = [manifestOf(this.docs, options.manifest)];
  }

  write(path: string, text: string | Uint8Array): void {
    const file = join(this.docs, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(path: string): void {
    rmSync(join(this.docs, path));
  }

  move(from: string, to: string): void {
    mkdirSync(dirname(join(this.docs, to)), { recursive: true });
    renameSync(join(this.docs, from), join(this.docs, to));
  }

  abort(): void {
    this.#controller.abort(new Error('SIGINT'));
  }

  /** The next command is one that nobody interrupted yet. */
  forgetAbort(): void {
    this.#controller = new AbortController();
  }

  /** All manifests are planned; what is handed back is the header, and the first index with its changes. */
  plan(options: Partial<PlanOptions> = {}): Promise<Planned> {
    return this.planned(async (found) => copyOf(found), options);
  }

  async planned<T>(
    use: (found: Plan) => Promise<T>,
    options: Partial<PlanOptions> = {},
    diff = false,
  ): Promise<T> {
    const session = new InProcessSession(this, new Fate(), this.#controller.signal);
    const reader = openStateReader(this.stateDir);
    try {
      const ports = await session.planningPorts('dev', reader, undefined);
      const found = await plan(ports, this.desired(), { ...DEFAULT_PLAN_OPTIONS, ...options }, { diff });
      try {
        return await use(found);
      } finally {
        found.close();
      }
    } finally {
      reader.close();
      await session.close();
    }
  }

  async drift(verify: PlanOptions['verify'] = 'counts'): Promise<DriftReport> {
    const session = new InProcessSession(this, new Fate(), this.#controller.signal);
    const reader = openStateReader(this.stateDir);
    try {
      return await drift(await session.planningPorts('dev', reader, undefined), this.desired(), { verify });
    } finally {
      reader.close();
      await session.close();
    }
  }

  apply(options: Partial<PlanOptions> = {}, fate = new Fate(), saved?: Plan): Promise<ApplyAnswer> {
    return this.#run(fate, (session) =>
      runApply(session, {
        desired: this.desired(),
        options: { ...DEFAULT_PLAN_OPTIONS, ...options },
        saved,
        fsync: 'off',
        command: 'apply',
        approve: async (_plan, resume) => {
          this.resume = resume;
          return true;
        },
      }),
    );
  }

  /** Takes over what another state built in the same Chroma. */
  adopt(fate = new Fate(), approve: () => Promise<boolean> = async () => true): Promise<AdoptReport> {
    const [manifest] = this.manifests;
    if (manifest === undefined) throw new Error('no manifest');
    return this.#run(fate, (session) => adoptState(session, this.desired(), { manifest, approve }));
  }

  rollback(
    options: Partial<Pick<RunRollbackOptions, 'generation' | 'dryRun' | 'unpin' | 'index'>> = {},
    fate = new Fate(),
  ): Promise<RollbackResult> {
    return this.#run(fate, (session) =>
      runRollback(session, {
        desired: this.desired(),
        index: undefined,
        generation: undefined,
        dryRun: false,
        unpin: false,
        command: options.unpin === true ? 'rollback --unpin' : 'rollback',
        approve: async () => true,
        ...options,
      }),
    );
  }

  /** Every commit and every write of Chroma is a boundary. */
  async #run<T>(fate: Fate, work: (session: Session) => Promise<T>): Promise<T> {
    const session = new InProcessSession(this, fate, this.#controller.signal);
    const { before, after, reading } = this.chroma;
    this.chroma.before = (write) => {
      fate.step();
      before(write);
    };
    this.chroma.after = (write) => {
      after(write);
      fate.step();
    };
    this.chroma.reading = () => {
      fate.breathe();
      reading();
    };
    try {
      return await work(session);
    } finally {
      Object.assign(this.chroma, { before, after, reading });
      await session.close();
    }
  }

  /** An apply that must end with a result. */
  async applied(options: Partial<PlanOptions> = {}): Promise<ApplyResult> {
    const answer = await this.apply(options);
    if (answer.kind !== 'result') throw new Error(`apply ended as ${answer.kind}`);
    return answer.result;
  }

  /** An apply that dies at a boundary. False when it ended before it came to it. */
  killed(dieAt: number, options: Partial<PlanOptions> = {}): Promise<boolean> {
    return dies(dieAt, (fate) => this.apply(options, fate));
  }

  /** A rollback that dies at a boundary. */
  killedRollback(dieAt: number, options: { readonly generation?: number } = {}): Promise<boolean> {
    return dies(dieAt, (fate) => this.rollback(options, fate));
  }

  status(): StatusIndex {
    const [index] = this.state((state) => status(state, this.desired(), 'dev', null)).indexes;
    if (index === undefined) throw new Error('nothing is recorded');
    return index;
  }

  /** What is recorded is gone, with its backups and completed states; the cache stays. */
  loseState(): void {
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  /** A backup takes the place of the recorded state. */
  restore(backup: string): void {
    copyFileSync(backup, join(this.stateDir, 'ingest.db'));
  }

  async forget(what: {
    readonly glob?: string;
    readonly manifestId?: string;
    readonly approve?: boolean;
  }): Promise<ForgetReport> {
    const session = new InProcessSession(this, new Fate(), this.#controller.signal);
    try {
      const { glob, manifestId, approve = true } = what;
      return await forgetState(session, {
        environment: 'dev',
        glob,
        manifestId,
        approve: async () => approve,
      });
    } finally {
      await session.close();
    }
  }

  /** `state gc`. */
  clean(request: CleanOptions = {}, fate = new Fate()): Promise<CleanedLanding> {
    const { approve = true, keepBatches, before } = request;
    return this.#run(fate, (session) =>
      cleanLanding(session, { environment: 'dev', keepBatches, before, approve: async () => approve }),
    );
  }

  /** One that dies at a boundary. */
  killedCleaning(dieAt: number, request: CleanOptions): Promise<boolean> {
    return dies(dieAt, (fate) => this.clean(request, fate));
  }

  async rebuild({ force = false, fate = new Fate() } = {}): Promise<RebuildReport> {
    const session = new InProcessSession(this, fate, this.#controller.signal);
    try {
      return await rebuildState(session, this.desired(), { force });
    } finally {
      await session.close();
    }
  }

  state<T>(look: (state: StateReader) => T): T {
    const reader = openStateReader(this.stateDir);
    try {
      return look(reader);
    } finally {
      reader.close();
    }
  }

  /** Rows of these tables as they stand, for "nothing changed". */
  rows(tables: readonly string[] = ['documents', 'chunks', 'intents']): unknown {
    const db = openDatabase(join(this.stateDir, 'ingest.db'), { readonly: true });
    try {
      return Object.fromEntries(tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]));
    } finally {
      db.close();
    }
  }

  /** What a first apply of these documents makes, elsewhere. */
  async fresh(): Promise<unknown[]> {
    const other = new Workspace({ docs: this.docs });
    other.manifests.splice(0, 1, ...this.manifests);
    try {
      await other.applied();
      return other.chroma.contents(COLLECTION);
    } finally {
      other.dispose();
    }
  }

  contents(): unknown[] {
    return this.chroma.contents(COLLECTION);
  }

  desired() {
    return { environment: 'dev', manifests: this.manifests, notApplicable: [], warnings: [] };
  }

  get stateDir(): string {
    return join(this.root, 'state', 'dev');
  }

  /** Every vector is in Chroma only. */
  forgetCache(): void {
    rmSync(join(this.root, 'state', 'cache'), { recursive: true, force: true });
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const COLLECTION = 'docs';

export function manifestOf(docs: string, overrides: Partial<Manifest> = {}): Manifest {
  return {
    manifest_id: 'docs',
    owner: undefined,
    file: 'desired/docs.yaml',
    sha256: '0'.repeat(64),
    environment: 'dev',
    target: { kind: 'embedded', collection: COLLECTION, space: 'cosine' },
    embedding: {
      provider: 'lexical-hash',
      model: 'lexical-hash',
      base_url: undefined,
      api_key: undefined,
      headers: {},
      dimensions: 64,
      revision: undefined,
      query_prefix: '',
      passage_prefix: '',
      normalise: true,
      price_per_million_tokens: undefined,
      batch_size: undefined,
      timeout_ms: 30_000,
      requests_per_minute: undefined,
      tokens_per_minute: undefined,
      max_concurrency: undefined,
      same_as: undefined,
      local: undefined,
    },
    chunking: { strategy: 'auto', max_chars: 120, min_chars: 20, overlap_chars: 0 },
    sources: [
      {
        id: 'h',
        type: 'files',
        root: docs,
        include: [],
        exclude: [],
        contract: undefined,
        metadata: {},
        load: FULL_SNAPSHOT,
      },
    ],
    policy: {
      deletes: { max_count: 1000, max_ratio: 1 },
      on_reject: 'keep',
      prevent_destroy: undefined,
      keep_previous: 1,
    },
    checks: undefined,
    ...overrides,
  };
}

function sleepless(workspace: Workspace): Clock {
  const clock = impatientClock(() => workspace.clockAhead);
  return {
    ...clock,
    sleep: (...given) => {
      workspace.onSleep();
      return clock.sleep(...given);
    },
  };
}

/** The program's own wiring, with Chroma in memory and a state whose commits are boundaries. */
class InProcessSession extends Session {
  readonly #workspace: Workspace;
  readonly #fate: Fate;

  constructor(workspace: Workspace, fate: Fate, signal: AbortSignal) {
    super({
      stateRoot: join(workspace.root, 'state'),
      desiredPaths: [],
      environment: 'dev',
      env: {},
      cwd: workspace.root,
      clock: sleepless(workspace),
      signal,
      toolVersion: '0.0.0',
      onProgress: () => {},
      onWarning: () => {},
    });
    this.#workspace = workspace;
    this.#fate = fate;
  }

  override async database(): Promise<MemoryChroma> {
    return this.#workspace.chroma;
  }

  override async landing(environment: string) {
    return openLandingStore(this.stateDir(environment), (...given) => {
      this.#workspace.onLanding();
      writeFileAtomic(...given);
    });
  }

  override async acquireWriter(
    environment: string,
    command: string,
    fsync: 'doc' | 'interval' | 'off',
  ): Promise<LeasedWriter> {
    const writer = await super.acquireWriter(environment, command, fsync);
    const commit: LeasedWriter['transaction'] = writer.transaction.bind(writer);
    const fate = this.#fate;
    return Object.assign(writer, {
      transaction: ((fn, options) => {
        fate.step();
        const value = commit(fn, options);
        fate.step();
        return value;
      }) satisfies LeasedWriter['transaction'],
    });
  }
}

async function dies(dieAt: number, run: (fate: Fate) => Promise<unknown>): Promise<boolean> {
  const fate = new Fate(dieAt);
  try {
    await run(fate);
  } catch (error) {
    if (!fate.dead) throw error;
  }
  return fate.dead;
}

function copyOf(found: Plan): Planned {
  const [index] = found.indexes;
  if (index === undefined) throw new Error('nothing was planned');
  return { header: found.header, index: index.header, changes: [...index.changes()] };
}
