/** One cell's world: documents, state and a collection, the runs over them, and what must hold all the time. */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runApply } from '../../../src/cli/run/run-apply.js';
import { previousName, stagingName } from '../../../src/domain/collection-names.js';
import { IngestError } from '../../../src/domain/errors.js';
import { textSha256 } from '../../../src/domain/identity.js';
import type { DesiredState } from '../../../src/domain/manifest.js';
import { DEFAULT_PLAN_OPTIONS, type PlanIndex } from '../../../src/domain/plan.js';
import type { ApplyAnswer } from '../../../src/pipeline.js';
import type { ChromaUnderTest } from '../../support/chroma-under-test.js';
import { InterceptedSession, type Step } from '../../support/intercepted-session.js';
import { manifestOf } from '../../support/memory-workspace.js';
import { quickFolder } from '../../support/quick-folder.js';
import { type Column, type Declared, FAMILIES, writeDocuments } from './corpus.js';
import { Injector, type Observer, type Strike } from './faults.js';
import { confirmedNotInLive, FOREIGN, type LookedAt, liveIds } from './look.js';

/** Records per request: the long document takes three. */
const BATCH = 3;

/** What a fresh build of a declaration holds: ids by uri. */
export type Built = ReadonlyMap<string, ReadonlySet<string>>;

/** A strike as a cell asks for it; the rest is the world's. */
export type Ordered = Omit<Strike, 'die' | 'heartbeats' | 'late'>;

/** What a run knows of the world. */
interface Memory {
  /** `collection record` of what was there when it was planned. */
  readonly atPlan: Set<string>;
  slept: boolean;
}

export class World {
  readonly root = mkdtempSync(join(quickFolder(), 'ingest-matrix-'));
  readonly collection = `matrix-${randomUUID()}`;
  readonly chroma: ChromaUnderTest;
  readonly violations: string[] = [];
  /** Requests on their way, oldest first. */
  readonly late: (() => Promise<void>)[] = [];
  /** Of each boundary's calls in the last run, when nothing struck. */
  readonly steps: Step[] = [];
  declared: Declared;
  /** Ids by collection id, and collection ids by name: by what Chroma acknowledged. */
  readonly held = new Map<string, Set<string>>();
  readonly names = new Map<string, string>();
  /** There is a record in live that nobody here wrote, and it has to stay. */
  foreign = false;
  /** Collections beside the live one are looked for as well. */
  beside = false;
  /** The state that is there does not know everything that was done. */
  restored = false;
  /** Somebody else changed live since the last run that ended well: until the next one, nothing is promised of it. */
  disturbed = false;
  readonly #builtOf: (declared: Declared) => Promise<Built>;
  readonly #versions: Built[] = [];
  readonly #present = new Set<number>();
  readonly #embedded = new Set<string>();

  constructor(chroma: ChromaUnderTest, declared: Declared, builtOf: (declared: Declared) => Promise<Built>) {
    this.chroma = chroma;
    this.declared = declared;
    this.#builtOf = builtOf;
  }

  /** What a reader by name sees. */
  get live(): ReadonlySet<string> {
    return this.held.get(this.names.get(this.collection) ?? '') ?? new Set();
  }

  get staging(): string {
    return stagingName(this.collection);
  }

  get #possibleNames(): string[] {
    if (!this.beside) return [this.collection];
    const previous = [1, 2, 3, 4, 5, 6].map((generation) => previousName(this.collection, generation));
    return [this.collection, this.staging, ...previous];
  }

  get stateDir(): string {
    return join(this.root, 'state', 'dev');
  }

  get desired(): DesiredState {
    const docs = join(this.root, 'docs');
    const target = { ...this.chroma.target(this.collection), space: this.declared.space ?? 'cosine' };
    const plain = manifestOf(docs, { target });
    const manifest = {
      ...plain,
      chunking: { ...plain.chunking, ...this.declared.chunking },
      sources: plain.sources.map((source) => ({ ...source, metadata: this.declared.metadata })),
    };
    return { environment: 'dev', manifests: [manifest], notApplicable: [], warnings: [] };
  }

  async declare(declared: Declared): Promise<void> {
    this.declared = declared;
    writeDocuments(join(this.root, 'docs'), declared);
    this.#versions.push(await this.#builtOf(declared));
    this.#track();
  }

  async happen(column: Column): Promise<void> {
    await this.declare(column.declared(this.declared));
    if (column.live === 'restarted') await this.chroma.restart?.();
    if (column.live === 'wiped') await this.chroma.wipe(this.collection);
    if (column.live === 'dropped') await this.chroma.drop(this.collection);
    if (column.live === 'staging dropped') await this.chroma.drop(this.staging);
    if (column.live === 'wiped') this.held.get(this.names.get(this.collection) ?? '')?.clear();
    if (column.live === 'dropped') this.#forget(this.collection);
    if (column.live === 'staging dropped') this.#forget(this.staging);
    if (column.live === 'wiped' || column.live === 'dropped' || column.live === 'staging dropped') {
      this.disturbed = true;
      // Where it was there for nobody else.
      this.foreign = false;
    }
    if (column.state === 'restored') this.#restore();
  }

  #forget(name: string): void {
    this.held.delete(this.names.get(name) ?? '');
    this.names.delete(name);
  }

  /** A record that ingest did not write. */
  async addForeign(): Promise<void> {
    const collection = await this.chroma.database.find(this.collection);
    const vector = Float32Array.from({ length: 64 }, (_, i) => (i === 0 ? 1 : 0));
    await collection?.put([{ id: FOREIGN, text: 'not ours', vector, metadata: { by: 'hand' } }]);
    this.foreign = true;
    this.beside = true;
  }

  /** Keeps the state as it is, for `restored`. */
  keepState(): void {
    cpSync(this.stateDir, join(this.root, 'kept'), { recursive: true });
  }

  #restore(): void {
    rmSync(this.stateDir, { recursive: true });
    cpSync(join(this.root, 'kept'), this.stateDir, { recursive: true });
    this.disturbed = true;
    this.restored = true;
  }

  /** Begins a run that dies when its first records are in. */
  async begun(boundary: Ordered['boundary']): Promise<void> {
    await this.faulty({ boundary, fault: 'killed after', at: 1, meanwhile: async () => {} });
  }

  async drop(): Promise<void> {
    for (const name of this.#possibleNames) await this.chroma.drop(name);
  }

  /** Lets the oldest request that is still on its way arrive. */
  async land(): Promise<void> {
    const land = this.late.shift();
    if (land === undefined) return;
    this.disturbed = true;
    // What it was meant for may be gone.
    await land().catch(() => {});
  }

  /** True when the fault struck. */
  async faulty(ordered: Ordered): Promise<boolean> {
    const { injector, outcome } = await this.#run(ordered);
    const asleep = ordered.fault === 'asleep, taken over';
    if (outcome instanceof Error && !isExpected(outcome, injector.dead))
      this.violations.push(`the run ended with ${outcome.name}: ${outcome.message}`);
    if (!(outcome instanceof Error)) {
      const reason = outcome.kind === 'result' ? outcome.result.reason : outcome.kind;
      if (/E901|stale|declined/.test(reason)) this.violations.push(`the run ended with ${reason}`);
      if (asleep && injector.struck > 0 && !reason.includes('E504'))
        this.violations.push(`P7: a run that lost its lease ended with ${reason}`);
    }
    await this.#look();
    return injector.struck > 0;
  }

  /** A run without faults: it must end well. */
  async clean(): Promise<void> {
    const { outcome } = await this.#run(undefined);
    if (outcome instanceof Error) {
      this.violations.push(`a clean run ended with ${outcome.name}: ${outcome.message}`);
      return;
    }
    if (outcome.kind !== 'result') {
      this.violations.push(`a clean run ended as ${outcome.kind}`);
      return;
    }
    const { result } = outcome;
    const well = result.outcome === 'applied' || result.outcome === 'no_changes';
    if (!well || result.failed > 0 || result.strict_sync?.ok === false)
      this.violations.push(
        `a clean run ended as ${result.outcome}: ${result.reason} ${result.strict_sync?.message}`,
      );
    else {
      this.disturbed = false;
      this.#track();
    }
    await this.#look();
  }

  /** As `clean`, and everything that it asked of the world. */
  async cleanSteps(): Promise<readonly Step[]> {
    this.steps.length = 0;
    await this.clean();
    return [...this.steps];
  }

  session(injector: Injector): InterceptedSession {
    return new InterceptedSession({
      root: this.root,
      interceptor: injector,
      signal: new AbortController().signal,
      database: this.chroma.database,
      maxBatch: BATCH,
    });
  }

  /** Watches and changes nothing. */
  observer(): Injector {
    return new Injector(undefined, this.#observer({ atPlan: new Set(), slept: false }));
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async #run(ordered: Ordered | undefined): Promise<{ injector: Injector; outcome: ApplyAnswer | Error }> {
    const memory: Memory = { atPlan: new Set(), slept: false };
    const strike: Strike | undefined = ordered && {
      ...ordered,
      meanwhile: async () => {
        await ordered.meanwhile();
        memory.slept = true;
        // Its request leaves now, into a world that others made.
        this.disturbed = true;
      },
      die: () => session.die(),
      heartbeats: () =>
        readdirSync(this.stateDir)
          .filter((name) => name.startsWith('lease.'))
          .map((name) => join(this.stateDir, name)),
      late: (land) => this.late.push(land),
    };
    const injector = new Injector(strike, this.#observer(memory));
    const session = this.session(injector);
    const wanted = await this.#desiredIds();
    const outcome = await runApply(session, {
      desired: this.desired,
      options: DEFAULT_PLAN_OPTIONS,
      saved: undefined,
      fsync: 'off',
      command: 'apply',
      approve: async (plan) => {
        const written = this.#writtenTo(plan.indexes);
        const there = this.held.get(written ?? '') ?? new Set();
        for (const id of there) memory.atPlan.add(`${written} ${id}`);
        const lacking = [...wanted].filter((id) => !there.has(id)).length;
        const { add } = plan.header.summary.chunks;
        if (!this.disturbed && add !== lacking)
          this.violations.push(`P2: ${add} chunks were planned where live lacked ${lacking}`);
        return true;
      },
    }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    await session.close().catch((error: unknown) => {
      if (!injector.dead) throw error;
    });
    return { injector, outcome };
  }

  #observer(memory: Memory): Observer {
    return {
      asked: (step) => {
        this.steps.push(step);
        if (
          step.port === 'put' &&
          !this.disturbed &&
          step.ids.some((id) => memory.atPlan.has(`${step.collection} ${id}`))
        )
          this.violations.push('P2: a record that was there when the run was planned was put again');
        // What others embedded while it slept it cannot know.
        if (
          step.port === 'embed' &&
          !memory.slept &&
          step.ids.some((text) => this.#embedded.has(textSha256(text)))
        )
          this.violations.push('P2: a text that was in the cache was embedded again');
      },
      reached: (step, answer) => {
        this.#acknowledged(step, answer);
        if (step.port === 'cache') for (const sha of step.ids) this.#embedded.add(sha);
        else if (step.port !== 'commit' && step.port !== 'embed') this.#track();
      },
    };
  }

  #acknowledged(step: Step, answer: unknown): void {
    const collection = step.collection ?? '';
    const ids = this.held.get(collection);
    const [name = ''] = step.ids;
    if (step.port === 'put') for (const id of step.ids) ids?.add(id);
    if (step.port === 'delete') for (const id of step.ids) ids?.delete(id);
    if (step.port === 'remove' && this.names.get(name) === collection) this.#forget(name);
    if (step.port === 'create' && typeof answer === 'object' && answer !== null) {
      const { id } = answer as { id: string };
      this.names.set(name, id);
      this.held.set(id, new Set());
    }
    if (step.port === 'renameCollection' && ids !== undefined) {
      for (const [before, id] of this.names) if (id === collection) this.names.delete(before);
      this.names.set(name, collection);
    }
  }

  /** Id of the collection that a plan writes to, when it is there already. */
  #writtenTo([index]: readonly PlanIndex[]): string | undefined {
    const actions = new Set(index?.header.index_actions.map(({ action }) => action));
    const staging = this.names.get(this.staging);
    if (actions.has('replace')) return actions.has('swap') ? undefined : staging;
    return (actions.has('swap') ? staging : undefined) ?? this.names.get(this.collection);
  }

  /** P3: from its first complete version on, some version of a declared document is complete in live. */
  #track(): void {
    if (this.disturbed || this.#betweenRenames()) return;
    for (const [n, family] of FAMILIES.entries()) {
      const whole = this.#versions.some((built) =>
        family.some((path) => {
          const ids = built.get(`h/${path}`);
          return ids !== undefined && [...ids].every((id) => this.live.has(id));
        }),
      );
      if (!family.some((path) => path in this.declared.docs)) this.#present.delete(n);
      else if (whole) this.#present.add(n);
      else if (this.#present.has(n)) this.violations.push(`P3: ${family[0]} was missing`);
    }
  }

  /** For a moment a reader by name finds nothing: the new one is whole, and about to take the name. */
  #betweenRenames(): boolean {
    return this.beside && !this.names.has(this.collection) && this.names.has(this.staging);
  }

  async #desiredIds(): Promise<ReadonlySet<string>> {
    const built = await this.#builtOf(this.declared);
    return new Set([...built.values()].flatMap((ids) => [...ids]));
  }

  /** P5, and whether live is what Chroma acknowledged: else nothing that was judged by it counts. */
  async #look(): Promise<void> {
    const found: LookedAt = new Map();
    for (const name of this.#possibleNames) {
      const looked = await liveIds(this.chroma, name);
      const wanted = this.held.get(this.names.get(name) ?? '');
      if (looked !== undefined) found.set(looked.id, looked.ids);
      const same =
        looked?.id === this.names.get(name) &&
        (looked?.ids.size ?? 0) === (wanted?.size ?? 0) &&
        [...(looked?.ids ?? [])].every((id) => wanted?.has(id));
      if (!same) this.violations.push(`live is not what Chroma acknowledged: ${name}`);
    }
    if (this.disturbed) return;
    for (const what of confirmedNotInLive(this.stateDir, found)) this.violations.push(`P5: ${what}`);
  }
}

function isExpected(error: Error, dead: boolean): boolean {
  // A dying process may still name what it died of.
  return dead || (error instanceof IngestError && error.kind === 'world');
}
