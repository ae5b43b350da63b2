/**
 * One folder with manifests, documents and state, applied in this process against a real Chroma, so that a
 * test can stop a run between any two steps: at a request to Chroma or at a transaction of the state.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runApply } from '../../src/cli/run/run-apply.js';
import type { Session } from '../../src/cli/session/session.js';
import { DEFAULT_PLAN_OPTIONS, type Plan, type PlanOptions } from '../../src/domain/plan.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { type ApplyAnswer, plan } from '../../src/pipeline.js';
import { InterceptedSession, type Interceptor, Killed, type Step } from './intercepted-session.js';
import { quickFolder } from './quick-folder.js';

/** What happens at a step; `call` counts calls of this step in this session, from 1. Throwing stops it there. */
export type Hook = (step: string, call: number) => void | Promise<void>;

export interface Hooks {
  readonly before?: Hook;
  readonly after?: Hook;
}

export class Workspace {
  readonly root: string = mkdtempSync(join(quickFolder(), 'ingest-workspace-'));
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
      const found = await plan(ports, desired, { ...DEFAULT_PLAN_OPTIONS, ...options });
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
        options: { ...DEFAULT_PLAN_OPTIONS, ...options },
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
    const session = hookedSession(this.root, stop.signal, hooks);
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }
}

/** A session whose hooks are called around every step; a hook that throws Killed ends its process there. */
function hookedSession(root: string, signal: AbortSignal, hooks: Hooks): Session {
  const interceptor = new HookInterceptor(hooks, () => session.die());
  const session = new InterceptedSession({
    root,
    interceptor,
    signal,
    database: undefined,
    maxBatch: undefined,
  });
  return session;
}

class HookInterceptor implements Interceptor {
  readonly #hooks: Hooks;
  readonly #die: () => never;
  readonly #calls = new Map<string, number>();
  #dead = false;

  constructor(hooks: Hooks, die: () => never) {
    this.#hooks = hooks;
    this.#die = die;
  }

  async request<T>({ port }: Step, send: () => Promise<T>): Promise<T> {
    const call = this.#count(port);
    await this.#wait(this.#hooks.before, port, call);
    const value = await send();
    await this.#wait(this.#hooks.after, port, call);
    return value;
  }

  before({ port }: Step): void {
    this.#breathe();
    if (port === 'commit') this.#call(this.#hooks.before, 'transaction', this.#count('transaction'));
  }

  after({ port }: Step): void {
    if (port === 'commit') this.#call(this.#hooks.after, 'transaction', this.#calls.get('transaction') ?? 0);
  }

  reading(): void {
    this.#breathe();
  }

  listed(): Promise<void> {
    return this.#wait(this.#hooks.after, 'ids', this.#count('ids'));
  }

  #breathe(): void {
    if (this.#dead) throw new Killed('already dead');
  }

  #count(step: string): number {
    this.#breathe();
    const call = (this.#calls.get(step) ?? 0) + 1;
    this.#calls.set(step, call);
    return call;
  }

  async #wait(hook: Hook | undefined, step: string, call: number): Promise<void> {
    try {
      await hook?.(step, call);
    } catch (error) {
      this.#judge(error);
    }
  }

  #call(hook: Hook | undefined, step: string, call: number): void {
    try {
      void hook?.(step, call);
    } catch (error) {
      this.#judge(error);
    }
  }

  #judge(error: unknown): never {
    if (!(error instanceof Killed)) throw error;
    this.#dead = true;
    return this.#die();
  }
}
