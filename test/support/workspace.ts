/**
 * One folder with manifests, documents and state, applied in this process against a real Chroma, so that a
 * test can stop a run between any two steps: at a request to Chroma or at a transaction of the state.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runApply } from '../../src/cli/run-apply.js';
import { Session } from '../../src/cli/session.js';
import type { Manifest } from '../../src/domain/manifest.js';
import type { Plan, PlanOptions } from '../../src/domain/plan.js';
import type { LiveDatabase } from '../../src/domain/ports/live.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { type ApplyAnswer, plan } from '../../src/pipeline.js';
import { realClock } from './real-clock.js';

/** What happens at a step; `call` counts calls of this step in this session, from 1. Throwing stops it there. */
export type Hook = (step: string, call: number) => void | Promise<void>;

export interface Hooks {
  readonly before?: Hook;
  readonly after?: Hook;
}

/** As a killed process: from now on neither Chroma nor the state hears anything. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

const OPTIONS: PlanOptions = {
  verify: 'counts',
  only: [],
  force: [],
  allow_delete: [],
  allow_empty: [],
  destroy: false,
};

const STEPS: ReadonlySet<string> = new Set([
  'put',
  'patch',
  'delete',
  'writeIdentity',
  'create',
  'transaction',
]);

export class Workspace {
  readonly root: string = mkdtempSync(join(tmpdir(), 'ingest-workspace-'));
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** `desired/<id>.yaml` over the folder `docs/<id>`; `more` is YAML below the top level. */
  manifest(id: string, collection: string, more = ''): void {
    this.write(
      `desired/${id}.yaml`,
      `apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: ${id} }
environments:
  dev: { chroma: { url: "${this.#url}", collection: ${collection} } }
embedding: { provider: lexical-hash, dimensions: 64 }
sources: [{ id: ${id}, root: ../docs/${id} }]
${more}`,
    );
  }

  async plan<T>(
    read: (plan: Plan) => T | Promise<T>,
    options: Partial<PlanOptions> = {},
    hooks: Hooks = {},
  ): Promise<T> {
    return this.#with(hooks, new AbortController(), async (session) => {
      const desired = await session.loadDesired();
      const state = await session.openReader(desired.environment);
      const ports = await session.planningPorts(desired.environment, state, undefined);
      const found = await plan(ports, desired, { ...OPTIONS, ...options });
      try {
        return await read(found);
      } finally {
        found.close();
      }
    });
  }

  async apply(
    options: Partial<PlanOptions> = {},
    hooks: Hooks = {},
    request: {
      readonly saved?: Plan;
      readonly approve?: () => Promise<boolean>;
      readonly stop?: AbortController;
    } = {},
  ): Promise<ApplyAnswer> {
    return this.#with(hooks, request.stop ?? new AbortController(), async (session) =>
      runApply(session, {
        desired: await session.loadDesired(),
        options: { ...OPTIONS, ...options },
        saved: request.saved,
        fsync: 'off',
        command: 'apply',
        approve: request.approve ?? (async () => true),
      }),
    );
  }

  /** Applies and gives the result. @throws Error when there is none */
  async applied(options: Partial<PlanOptions> = {}, hooks: Hooks = {}): Promise<ApplyResult> {
    const answer = await this.apply(options, hooks);
    if (answer.kind !== 'result') throw new Error(`no result but ${answer.kind}`);
    return answer.result;
  }

  /** Applies and is killed where `at` says. @throws Error when the run ended before */
  async killed(at: {
    before?: (step: string, call: number) => boolean;
    after?: (step: string, call: number) => boolean;
  }): Promise<void> {
    const hook = (where: ((step: string, call: number) => boolean) | undefined): Hook => {
      return (step, call) => {
        if (where?.(step, call) === true) throw new Killed(`at ${step} ${call}`);
      };
    };
    try {
      await this.apply({}, { before: hook(at.before), after: hook(at.after) });
    } catch (error) {
      if (error instanceof Killed) return;
      throw error;
    }
    throw new Error('the run ended before it could be killed');
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async #with<T>(hooks: Hooks, stop: AbortController, use: (session: Session) => Promise<T>): Promise<T> {
    const session = new HookedSession(this.root, stop.signal, hooks);
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }
}

class HookedSession extends Session {
  readonly #hooks: Hooks;
  readonly #calls = new Map<string, number>();
  #killed: Killed | undefined;

  constructor(root: string, signal: AbortSignal, hooks: Hooks) {
    super({
      stateRoot: 'state',
      desiredPaths: ['desired'],
      environment: undefined,
      env: {},
      cwd: root,
      clock: realClock(),
      signal,
      toolVersion: '0.0.0-test',
      onProgress: () => {},
      onWarning: () => {},
    });
    this.#hooks = hooks;
  }

  override async database(
    environment: string,
    manifest: Manifest,
    mode: 'read' | 'write',
  ): Promise<LiveDatabase | 'absent'> {
    const database = await super.database(environment, manifest, mode);
    return database === 'absent' ? database : this.#hooked(database);
  }

  override async acquireWriter(
    ...args: Parameters<Session['acquireWriter']>
  ): ReturnType<Session['acquireWriter']> {
    const writer = await super.acquireWriter(...args);
    const run = <T>(transaction: () => T): T => {
      const call = this.#count('transaction');
      this.#sync(this.#hooks.before, 'transaction', call);
      const value = transaction();
      this.#sync(this.#hooks.after, 'transaction', call);
      return value;
    };
    return new Proxy(writer, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        return key === 'transaction' ? (...given: unknown[]) => run(() => bound(...given)) : bound;
      },
    });
  }

  #hooked<T extends object>(object: T): T {
    return new Proxy(object, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function' || typeof key !== 'string') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        if (key === 'find' || key === 'create') {
          return async (...given: unknown[]) => {
            const found = await (key === 'create' ? this.#step(key, () => bound(...given)) : bound(...given));
            return typeof found === 'object' && found !== null ? this.#hooked(found) : found;
          };
        }
        if (key === 'ids') return () => this.#listed(bound() as AsyncIterable<readonly string[]>);
        return STEPS.has(key) ? (...given: unknown[]) => this.#step(key, () => bound(...given)) : bound;
      },
    });
  }

  async *#listed(pages: AsyncIterable<readonly string[]>): AsyncGenerator<readonly string[]> {
    yield* pages;
    await this.#async(this.#hooks.after, 'ids', this.#count('ids'));
  }

  async #step(step: string, send: () => unknown): Promise<unknown> {
    const call = this.#count(step);
    await this.#async(this.#hooks.before, step, call);
    const value = await send();
    await this.#async(this.#hooks.after, step, call);
    return value;
  }

  #count(step: string): number {
    if (this.#killed !== undefined) throw this.#killed;
    const call = (this.#calls.get(step) ?? 0) + 1;
    this.#calls.set(step, call);
    return call;
  }

  async #async(hook: Hook | undefined, step: string, call: number): Promise<void> {
    try {
      await hook?.(step, call);
    } catch (error) {
      if (error instanceof Killed) this.#killed = error;
      throw error;
    }
  }

  #sync(hook: Hook | undefined, step: string, call: number): void {
    try {
      void hook?.(step, call);
    } catch (error) {
      if (error instanceof Killed) this.#killed = error;
      throw error;
    }
  }
}
