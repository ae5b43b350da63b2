/** The world of one history: files, a state, a Chroma; the program runs on it, and the promises are looked after. */
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runApply } from '../../../src/cli/run/run-apply.js';
import { IngestError } from '../../../src/domain/errors.js';
import type { DesiredState, Manifest } from '../../../src/domain/manifest.js';
import {
  type Change,
  DEFAULT_PLAN_OPTIONS,
  type IndexHeader,
  type PlanOptions,
} from '../../../src/domain/plan.js';
import { WriteUnknown } from '../../../src/domain/ports/live.js';
import type { ApplyResult } from '../../../src/domain/results.js';
import { drift, plan, status } from '../../../src/pipeline.js';
import { type ChromaUnderTest, memoryChroma } from '../../support/chroma-under-test.js';
import { InterceptedSession, type Interceptor, type Step } from '../../support/intercepted-session.js';
import { manifestOf } from '../../support/memory-workspace.js';
import {
  coverageAddsUp,
  embedsNothingAgain,
  idsByUri,
  inState,
  NeverMissing,
  rowsIn,
  type Seen,
  seenIn,
  snapshot,
} from '../../support/promises.js';
import { quickFolder } from '../../support/quick-folder.js';
import { type Model, syncDocs, worldKey } from './corpus.js';

/** Records per request: a document takes several. */
const BATCH = 2;
export const MANIFEST = 'docs';

/** What befalls a run; boundaries count before and after every request, commit, cache write and rename. */
export interface Fate {
  readonly kill?: number | undefined;
  readonly interrupt?: number | undefined;
  /** The answer of the nth request to Chroma is lost; `landed`: after it was carried out. */
  readonly lose?: { readonly request: number; readonly landed: boolean } | undefined;
  /** Between the plan and its execution. */
  readonly meanwhile?: (() => void) | undefined;
}

export interface Outcome {
  readonly error: Error | undefined;
  readonly result: ApplyResult | undefined;
  readonly killed: boolean;
  /** Writes that reached Chroma. */
  readonly writes: number;
  readonly planned: Planned | undefined;
  readonly before: readonly Seen[];
  readonly violations: string[];
}

export interface Planned {
  readonly outcome: string;
  readonly header: IndexHeader;
  readonly changes: readonly Change[];
}

export class Rig {
  readonly root = mkdtempSync(join(quickFolder(), 'ingest-model-'));
  readonly docs = join(this.root, 'docs');
  readonly collection = `model-${randomUUID()}`;
  readonly chroma: ChromaUnderTest;
  /** Of others, as they were put. */
  readonly foreign = new Map<string, Seen>();
  /** Ids that somebody else deleted or changed. */
  readonly damaged = new Set<string>();
  /** After an old backup was restored, recorded state says what once was. */
  restored = false;
  readonly #cached = new Set<string>();
  readonly #written = new Map<string, string>();

  constructor(chroma: ChromaUnderTest = memoryChroma()) {
    this.chroma = chroma;
  }

  get stateDir(): string {
    return join(this.root, 'state', 'dev');
  }

  sync(model: Model): void {
    syncDocs(this.docs, model.docs, this.#written);
  }

  seen(): Promise<Seen[]> {
    return seenIn(this.chroma.database, this.collection);
  }

  async plan(model: Model, options: Partial<PlanOptions> = {}): Promise<Planned> {
    return this.#reading(async (session) => {
      const state = await session.openReader('dev');
      const ports = await session.planningPorts('dev', state, undefined);
      const found = await plan(ports, this.desired(model), { ...DEFAULT_PLAN_OPTIONS, ...options });
      try {
        return plannedOf(found);
      } finally {
        found.close();
      }
    });
  }

  /** Plan, drift and status, one after the other. */
  async look(model: Model, verify: PlanOptions['verify']): Promise<void> {
    await this.plan(model, { verify });
    await this.#reading(async (session) => {
      const state = await session.openReader('dev');
      const ports = await session.planningPorts('dev', state, undefined);
      await drift(ports, this.desired(model), { verify });
      status(state, this.desired(model), 'dev', null);
    });
  }

  snapshot() {
    return snapshot(this.stateDir, this.chroma.database, this.collection);
  }

  async apply(model: Model, options: Partial<PlanOptions> = {}, fate: Fate = {}): Promise<Outcome> {
    this.sync(model);
    const before = await this.seen();
    const live = new Set(before.map((record) => record.id));
    const fresh = await this.fresh(model);
    const violations: string[] = [];
    const controller = new AbortController();
    let planned: Planned | undefined;
    let missing: NeverMissing | undefined;
    let writes = 0;
    let boundary = 0;
    let killed = false;
    let requests = 0;
    const step = (): void => {
      if (killed) session.die();
      boundary++;
      if (boundary === fate.interrupt) controller.abort(new Error('SIGINT'));
      if (boundary !== fate.kill) return;
      killed = true;
      session.die();
    };
    const interceptor: Interceptor = {
      before: step,
      after: (done) => {
        if (done.port === 'cache') for (const sha of done.ids) this.#cached.add(`${this.#key(model)}:${sha}`);
        step();
      },
      reading: () => {
        if (killed) session.die();
      },
      request: async <T>(sent: Step, send: () => Promise<T>): Promise<T> => {
        step();
        const toChroma = sent.port !== 'embed';
        const lost = toChroma && ++requests === fate.lose?.request ? fate.lose : undefined;
        if (lost?.landed === false) throw new WriteUnknown('the connection broke');
        if (!toChroma) violations.push(...embedsNothingAgain(sent.ids, this.#cachedFor(model)));
        const value = await send();
        if (toChroma) writes++;
        if (sent.port === 'put') for (const id of sent.ids) live.add(id);
        if (sent.port === 'put') for (const id of sent.ids) this.damaged.delete(id);
        if (sent.port === 'delete') {
          for (const id of sent.ids) live.delete(id);
          violations.push(...(missing?.look(live) ?? []));
        }
        if (lost !== undefined) throw new WriteUnknown('the answer was lost');
        step();
        return value;
      },
    };
    const session = this.#session(interceptor, controller.signal);
    let error: Error | undefined;
    let result: ApplyResult | undefined;
    try {
      const answer = await runApply(session, {
        desired: this.desired(model),
        options: { ...DEFAULT_PLAN_OPTIONS, ...options },
        saved: undefined,
        fsync: 'off',
        command: 'apply',
        approve: async (shown) => {
          planned = plannedOf(shown);
          const moves = planned.changes.flatMap((c) =>
            c.moved_from === null ? [] : [[c.moved_from, c.uri] as const],
          );
          const replaced = planned.header.index_actions.some((action) => action.action === 'replace');
          if (!replaced) missing = new NeverMissing(idsByUri(before), idsByUri(fresh), new Map(moves));
          if (fate.meanwhile !== undefined) missing = undefined;
          fate.meanwhile?.();
          return true;
        },
      });
      if (answer.kind === 'result') result = answer.result;
      else violations.push(`the run ended as ${answer.kind}`);
    } catch (caught) {
      error = caught instanceof Error ? caught : new Error(String(caught));
    }
    await session.close().catch((caught: unknown) => {
      if (!killed) violations.push(`closing failed: ${String(caught)}`);
    });
    if (planned !== undefined) violations.push(...coverageAddsUp(planned.header));
    const expected = killed || controller.signal.aborted || error instanceof IngestError;
    if (error !== undefined && !expected) violations.push(`the run threw ${error.stack}`);
    if (error instanceof IngestError && error.kind === 'bug')
      violations.push(`the run threw ${error.message}`);
    return { error, result, killed, writes, planned, before, violations };
  }

  /** Two sessions of two processes that live, on one state. */
  async applyTwice(model: Model): Promise<readonly (ApplyResult | Error)[]> {
    this.sync(model);
    const run = async (): Promise<ApplyResult | Error> => {
      const session = this.#session(this.#noter(model), new AbortController().signal);
      Object.assign(session, { identity: { ...session.identity, pid: process.pid } });
      try {
        const answer = await runApply(session, {
          desired: this.desired(model),
          options: DEFAULT_PLAN_OPTIONS,
          saved: undefined,
          fsync: 'off',
          command: 'apply',
          approve: async () => true,
        });
        return answer.kind === 'result' ? answer.result : new Error(answer.kind);
      } catch (caught) {
        return caught instanceof Error ? caught : new Error(String(caught));
      } finally {
        await session.close();
      }
    };
    return Promise.all([run(), run()]);
  }

  /** What a first apply of the same makes, elsewhere. */
  async fresh(model: Model): Promise<readonly Seen[]> {
    const key = worldKey(model);
    const known = builds.get(key);
    if (known !== undefined) return known;
    this.sync(model);
    const other = new Rig();
    try {
      const session = other.#session(other.#noter(model), new AbortController().signal);
      try {
        const desired = this.desired(model);
        const manifests = desired.manifests.map((manifest) => ({
          ...manifest,
          target: other.chroma.target(other.collection),
        }));
        await runApply(session, {
          desired: { ...desired, manifests },
          options: DEFAULT_PLAN_OPTIONS,
          saved: undefined,
          fsync: 'off',
          command: 'apply',
          approve: async () => true,
        });
      } finally {
        await session.close();
      }
      const built = await other.seen();
      if (builds.size > 500) builds.clear();
      builds.set(key, built);
      return built;
    } finally {
      other.dispose();
    }
  }

  rows(): unknown {
    return rowsIn(this.stateDir);
  }

  backUp(): void {
    if (!this.hasState) return;
    rmSync(join(this.root, 'backup'), { recursive: true, force: true });
    cpSync(this.stateDir, join(this.root, 'backup'), { recursive: true });
  }

  restore(): void {
    if (!existsSync(join(this.root, 'backup'))) return;
    rmSync(this.stateDir, { recursive: true, force: true });
    cpSync(join(this.root, 'backup'), this.stateDir, { recursive: true });
    this.restored = true;
  }

  get hasState(): boolean {
    return (
      existsSync(join(this.stateDir, 'ingest.db')) && inState(this.stateDir, (s) => s.lineage !== undefined)
    );
  }

  get hasBackup(): boolean {
    return existsSync(join(this.root, 'backup'));
  }

  desired(model: Model): DesiredState {
    const { settings } = model;
    const plain = manifestOf(this.docs);
    const manifest: Manifest = {
      ...plain,
      target: this.chroma.target(this.collection),
      embedding: { ...plain.embedding, dimensions: settings.dimensions },
      chunking: { ...plain.chunking, max_chars: settings.maxChars, strategy: settings.strategy },
      sources: plain.sources.map((source) => ({
        ...source,
        id: settings.sourceId,
        metadata: settings.product === 0 ? {} : { product: `product ${settings.product}` },
        contract: settings.contract === 'none' ? undefined : this.#contract(settings.contract),
      })),
      policy: {
        ...plain.policy,
        deletes: { max_count: settings.maxDeletes, max_ratio: 1 },
        on_reject: settings.onReject,
      },
    };
    return { environment: 'dev', manifests: [manifest], notApplicable: [], warnings: [] };
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #contract(name: 'title' | 'title-or-none'): string {
    const file = join(this.root, 'contracts', `${name}.json`);
    mkdirSync(join(this.root, 'contracts'), { recursive: true });
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: { title: { type: 'string' } },
      ...(name === 'title' ? { required: ['title'] } : {}),
    };
    writeFileSync(file, JSON.stringify(schema));
    return file;
  }

  #key(model: Model): number {
    return model.settings.dimensions;
  }

  #cachedFor(model: Model): ReadonlySet<string> {
    const prefix = `${this.#key(model)}:`;
    return new Set(
      [...this.#cached].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
    );
  }

  #noter(model: Model): Interceptor {
    return {
      before: () => {},
      after: (done) => {
        if (done.port === 'cache') for (const sha of done.ids) this.#cached.add(`${this.#key(model)}:${sha}`);
      },
      reading: () => {},
      request: (_step, send) => send(),
    };
  }

  async #reading<T>(use: (session: InterceptedSession) => Promise<T>): Promise<T> {
    const refuse = (step: Step): never => {
      throw new Error(`a reader wrote: ${step.port}`);
    };
    const session = this.#session(
      { before: refuse, after: refuse, reading: () => {}, request: async (step) => refuse(step) },
      new AbortController().signal,
    );
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }

  #session(interceptor: Interceptor, signal: AbortSignal): InterceptedSession {
    return new InterceptedSession({
      root: this.root,
      interceptor,
      signal,
      database: this.chroma.database,
      maxBatch: BATCH,
    });
  }
}

/** By world: many steps of many histories ask for the same. */
const builds = new Map<string, readonly Seen[]>();

function plannedOf(found: {
  readonly header: { readonly outcome: string };
  readonly indexes: readonly { readonly header: IndexHeader; changes(): Iterable<Change> }[];
}): Planned {
  const [index] = found.indexes;
  if (index === undefined) throw new Error('nothing was planned');
  return { outcome: found.header.outcome, header: index.header, changes: [...index.changes()] };
}
