/** A workspace with an embedding server, an apply to interrupt, and what must hold after every interruption. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { JournalEvent } from '../../src/domain/events.js';
import type { Change, PlanSummary } from '../../src/domain/plan.js';
import type { StateReader } from '../../src/domain/ports/state.js';
import type { ApplyResult, StatusReport } from '../../src/domain/results.js';
import { openStateReader } from '../../src/recorded/open-state.js';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.js';
import { applyIn } from '../support/in-process.js';
import {
  applyResult,
  type CliResult,
  differences,
  jsonLines,
  type RunningCli,
  readCollection,
  type SeenRecord,
  Workspace,
} from '../support/ingest-cli.js';

const DIMENSION = 8;

/** Small ones make many batches and many requests of few documents. */
export interface Sizes {
  /** Records in one write to Chroma. */
  readonly batch?: number;
  /** Texts in one request for embeddings. */
  readonly texts?: number;
}

const manifest = ({ batch, texts }: Sizes): string => `
apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: notes }
environments:
  test: { chroma: { url: "\${CHROMA_URL}", collection: "\${COLLECTION}"${batch === undefined ? '' : `, limits: { write_records: ${batch} }`} } }
embedding:
  provider: openai-compatible
  base_url: "\${EMBED_URL}"
  api_key: "\${EMBED_KEY}"
  model: test
  dimensions: ${DIMENSION}${texts === undefined ? '' : `\n  batch_size: ${texts}`}
chunking: { max_chars: 200, min_chars: 40 }
sources: [{ id: notes, root: ../docs }]
`;

export interface SeenPlan {
  readonly outcome: string;
  readonly summary: PlanSummary;
  readonly indexes: readonly { readonly changes: readonly Change[] }[];
}

export type Interrupting = 'SIGINT' | 'SIGKILL';

/** A place in what the apply does, not a point in time. */
export interface Moment {
  readonly name: string;
  come(rig: InterruptRig, start: Start): boolean;
}

interface Start {
  /** Last seq of the journal, and requests for embeddings, before the apply began. */
  readonly seq: number;
  readonly requests: number;
}

export const whileEmbedding = (requests: number): Moment => ({
  name: `while request ${requests} for embeddings is answered`,
  come: (rig, start) => rig.server.requests.length >= start.requests + requests,
});

export const afterBatches = (count: number): Moment => ({
  name: `after batch ${count}`,
  come: (rig, start) => rig.events(start.seq, 'UPSERT_BATCH_COMMITTED').length >= count,
});

export const afterEvents = (count: number): Moment => ({
  name: `after event ${count} of the journal`,
  come: (rig, start) => rig.events(start.seq).length >= count,
});

export class InterruptRig {
  readonly workspace = new Workspace();
  readonly server: EmbeddingServer;
  readonly collection = `notes-${randomUUID()}`;
  readonly #chromaUrl: string;
  readonly #seenBy: string;
  /** Texts that Chroma held at an interruption: they may never be asked for again. */
  readonly #stored = new Set<string>();

  private constructor(server: EmbeddingServer, chromaUrl: string, seenBy: string, sizes: Sizes) {
    this.server = server;
    this.#chromaUrl = chromaUrl;
    this.#seenBy = seenBy;
    this.workspace.manifest(manifest(sizes));
  }

  /** `through`: the url that the program is given, when it is not Chroma's own. */
  static async start(chromaUrl: string, through = chromaUrl, sizes: Sizes = {}): Promise<InterruptRig> {
    const server = await startEmbeddingServer({ dimension: DIMENSION, always: { kind: 'slow', ms: 10 } });
    return new InterruptRig(server, chromaUrl, through, sizes);
  }

  get env(): Record<string, string> {
    return {
      CHROMA_URL: this.#seenBy,
      COLLECTION: this.collection,
      EMBED_URL: this.server.url,
      EMBED_KEY: 'k-test',
    };
  }

  apply(...flags: readonly string[]): RunningCli {
    return this.workspace.start(['apply', '--auto-approve', ...flags], { env: this.env });
  }

  /** An apply that nobody interrupts, with `--json`. */
  async applied(): Promise<CliResult> {
    const finished = await this.workspace.call(['apply', '--auto-approve', '--json'], { env: this.env });
    expect(finished.code, finished.stdout + finished.stderr).toBe(0);
    return finished;
  }

  plan(...flags: readonly string[]): Promise<SeenPlan> {
    return this.workspace.callJson<SeenPlan>(['plan', ...flags], { env: this.env });
  }

  /** Events after `seq`, read while others write, as any reader may. A state that is being made has none. */
  events(seq = 0, type?: string): readonly JournalEvent[] {
    try {
      const found = this.#read((state) => [...state.journal(undefined, seq)]);
      return type === undefined ? found : found.filter((event) => event.type === type);
    } catch {
      return [];
    }
  }

  upsertedTotals(): number[] {
    return this.events(0, 'UPSERT_BATCH_COMMITTED').map((event) =>
      Number(event.data['chunks_upserted_total']),
    );
  }

  /** Applies until the moment has come, then sends the signal. @throws Error when it ended before */
  async interrupt(signal: Interrupting, moment: Moment, ...flags: readonly string[]): Promise<CliResult> {
    const start = { seq: this.events().at(-1)?.seq ?? 0, requests: this.server.requests.length };
    const running = this.apply(...flags);
    while (!moment.come(this, start)) {
      if (running.child.exitCode !== null)
        throw new Error(`ended before: ${moment.name}\n${running.stdout()}\n${running.stderr()}`);
      await sleep(2);
    }
    running.kill(signal);
    const result = await running.finished;
    const said = `${result.stdout}\n${result.stderr}`;
    expect(result, said).toMatchObject(signal === 'SIGKILL' ? { code: null, signal } : { code: 130 });
    return result;
  }

  /**
   * What must hold right after an interruption; gives the plan that goes on. `before` is the plan that was being
   * applied, when what is desired has not changed since.
   */
  async checkInterrupted(signal: Interrupting, before?: SeenPlan): Promise<SeenPlan> {
    // A kill cannot clean up: what follows works with the lease still there.
    expect(this.#read((state) => state.leaseHolder() !== undefined)).toBe(signal === 'SIGKILL');
    const totals = this.upsertedTotals();
    const status = await this.workspace.callJson<StatusReport>(['status'], { env: this.env });
    expect(status.lease).toBeNull();
    for (const index of status.indexes) {
      expect(index).toMatchObject({ resume_active: true, chunks_upserted_total: totals.at(-1) ?? 0 });
    }
    const unfinished = this.#unfinished();
    const plan = await this.plan();
    expect(plan.outcome).toBe('changes');
    const changes = changesOf(plan);
    expect(changes.filter((change) => change.action === 'withheld')).toEqual([]);
    expect(inOrder(changes.filter((change) => change.resume).map(({ uri }) => uri))).toEqual(unfinished);
    expect(plan.summary.resume).toBe(unfinished.length);
    if (before !== undefined) {
      const confirmed = this.#upsertedByLastRun();
      // What was on its way when the process died may have landed as well.
      expect(plan.summary.chunks.add).toBeLessThanOrEqual(before.summary.chunks.add - confirmed);
      expect(plan.summary.embed.compute).toBeLessThanOrEqual(before.summary.embed.compute);
    }
    for (const record of (await this.records()).values()) this.#stored.add(record.document ?? '');
    return plan;
  }

  /** Applies to the end; then nothing is left to do, nothing was paid for twice, and it is a fresh build. */
  async converge(): Promise<{ readonly resumed: boolean; readonly result: ApplyResult }> {
    const planned = await this.plan();
    const asked = this.server.texts.length;
    const embedded = this.server.embedded.length;
    const finished = await this.applied();
    const result = applyResult<ApplyResult>(finished);
    expect(this.server.embedded.length - embedded).toBe(planned.summary.embed.compute);
    expect(result).toMatchObject({
      embedded: planned.summary.embed.compute,
      upserted: planned.summary.chunks.add,
      failed: 0,
      strict_sync: { ok: true, delta: 0 },
    });
    expect(this.server.texts.slice(asked).filter((text) => this.#stored.has(text))).toEqual([]);
    await this.checkConverged();
    const resumed = jsonLines(finished).some((line) => line['type'] === 'RUN_RESUME');
    return { resumed, result };
  }

  async checkConverged(): Promise<void> {
    const again = await this.plan('--verify', 'content');
    expect(again).toMatchObject({ outcome: 'no_changes', summary: { resume: 0, withheld: 0 } });
    expect(changesOf(again)).toEqual([]);
    expect(this.#unfinished()).toEqual([]);
    expect(differences(await this.records(), await this.#fresh())).toEqual([]);
    const totals = this.upsertedTotals();
    expect(totals).toEqual([...totals].sort((a, b) => a - b));
  }

  /** The collection as it is; empty while nothing was written. */
  async records(): Promise<Map<string, SeenRecord>> {
    if (this.upsertedTotals().length === 0) return new Map();
    return readCollection(this.#chromaUrl, this.collection);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.workspace.dispose();
  }

  /** Another state, collection and embedding server: nothing of what happened is known there. */
  async #fresh(): Promise<Map<string, SeenRecord>> {
    const server = await startEmbeddingServer({ dimension: DIMENSION });
    const collection = `fresh-${randomUUID()}`;
    try {
      const env = { ...this.env, CHROMA_URL: this.#chromaUrl, EMBED_URL: server.url, COLLECTION: collection };
      const built = await applyIn({ root: this.workspace.root, env, state: `state-${collection}` });
      expect(built.outcome).toBe('applied');
      return await readCollection(this.#chromaUrl, collection);
    } finally {
      await server.stop();
    }
  }

  /** Documents with promises that were not kept yet. */
  #unfinished(): string[] {
    return this.#read((state) => {
      const intents = state
        .indexes()
        .flatMap((index) => [...state.intents(index.collection_id, index.manifest_id)]);
      return inOrder(new Set(intents.filter(({ status }) => status !== 'unsettled').map(({ uri }) => uri)));
    });
  }

  #upsertedByLastRun(): number {
    const last = this.#read((state) => state.runs(1)[0]?.run_id);
    const batches = this.events(0, 'UPSERT_BATCH_COMMITTED').filter((event) => event.run_id === last);
    return batches.reduce((sum, event) => sum + Number(event.data['batch_size']), 0);
  }

  #read<T>(use: (state: StateReader) => T): T {
    const state = openStateReader(this.workspace.path('state', 'test'));
    try {
      return use(state);
    } finally {
      state.close();
    }
  }
}

export function changesOf(plan: SeenPlan): readonly Change[] {
  return plan.indexes.flatMap((index) => index.changes);
}

function inOrder(uris: Iterable<string>): string[] {
  return [...uris].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Paragraphs of which each becomes a chunk, no two alike. */
export function paragraphs(name: string, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) {
    const words = Array.from({ length: 14 }, (_, word) => `${name}${(i * 31 + word * 7919) % 9973}`);
    text += `${name} paragraph ${i}: ${words.join(' ').slice(0, 110)}.\n\n`;
  }
  return text;
}
