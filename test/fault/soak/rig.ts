/** What a soak works on: a workspace, a Chroma that can be killed, and an embedding server that counts. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEvent } from '../../../src/domain/events.js';
import type { VerifyLevel } from '../../../src/domain/plan.js';
import type { StateReader } from '../../../src/domain/ports/state.js';
import { openStateReader } from '../../../src/recorded/open-state.js';
import { type EmbeddingServer, startEmbeddingServer } from '../../support/embedding-server.js';
import { planIn } from '../../support/in-process.js';
import { type RunningCli, Workspace } from '../../support/ingest-cli.js';
import type { PlanJson } from '../../support/project.js';
import { quickFolder } from '../../support/quick-folder.js';
import { EmbeddingLedger } from './embedding-ledger.js';
import { FreshBuild } from './fresh-build.js';
import { KillableChroma } from './killable-chroma.js';

export const COLLECTION = 'soaked';
const DIMENSION = 64;

const MANIFEST = `
apiVersion: ingest/v1
kind: Index
metadata: { manifest_id: soaked }
environments:
  test: { chroma: { url: "\${CHROMA_URL}", collection: ${COLLECTION} } }
embedding:
  provider: openai-compatible
  base_url: "\${EMBED_URL}"
  model: test
  dimensions: ${DIMENSION}
chunking: { max_chars: 160, min_chars: 20 }
policy: { deletes: { max_count: 100000, max_ratio: 1 } }
sources: [{ id: notes, root: ../docs }]
`;

export class SoakRig {
  readonly workspace = new Workspace();
  readonly chroma: KillableChroma;
  readonly ledger: EmbeddingLedger;
  /** Where the program puts what is temporary: a folder of its own, so that leftovers are seen. */
  readonly temporary: string;
  /** How far the journal was looked at, and the counter that may never fall. */
  readonly checked = { seq: 0, upserted: 0 };
  readonly #home: string;
  readonly #embedding: EmbeddingServer;
  /** For fresh builds: what they embed is not counted. */
  readonly #uncounted: EmbeddingServer;
  readonly #fresh = new FreshBuild();

  private constructor(home: string, chroma: KillableChroma, embedding: [EmbeddingServer, EmbeddingServer]) {
    this.#home = home;
    this.temporary = join(home, 'tmp');
    mkdirSync(this.temporary);
    this.chroma = chroma;
    [this.#embedding, this.#uncounted] = embedding;
    this.ledger = new EmbeddingLedger(
      this.#embedding,
      this.workspace.path('state', 'cache', 'embeddings.db'),
    );
    this.workspace.manifest(MANIFEST);
  }

  static async start(): Promise<SoakRig> {
    const home = mkdtempSync(join(quickFolder(), 'ingest-soak-'));
    const chroma = await KillableChroma.start(join(home, 'chroma'), COLLECTION);
    const embedding = [
      await startEmbeddingServer({ dimension: DIMENSION }),
      await startEmbeddingServer({ dimension: DIMENSION }),
    ] as const;
    return new SoakRig(home, chroma, [...embedding]);
  }

  get stateDir(): string {
    return this.workspace.path('state', 'test');
  }

  get env(): Record<string, string> {
    return {
      CHROMA_URL: this.chroma.url,
      EMBED_URL: this.#embedding.url,
      TMPDIR: this.temporary,
    };
  }

  /** An apply whose embeddings are judged by the ledger when it has ended. */
  apply(verify: VerifyLevel = 'counts'): RunningCli {
    this.ledger.begin();
    const args = ['apply', '--auto-approve', '--json', '--verify', verify];
    return this.workspace.start(args, { env: this.env });
  }

  /** In this process, which saves starting another: applies are what is judged. */
  plan(verify: VerifyLevel = 'counts'): Promise<PlanJson> {
    return planIn<PlanJson>({ root: this.workspace.root, env: this.env }, { verify });
  }

  fresh(): ReturnType<FreshBuild['of']> {
    const env = { ...this.env, EMBED_URL: this.#uncounted.url };
    return this.#fresh.of(this.workspace.root, env, COLLECTION);
  }

  /** Undefined while there is no state to read, or it is being made. */
  state<T>(look: (state: StateReader) => T): T | undefined {
    let state: StateReader;
    try {
      state = openStateReader(this.stateDir);
    } catch {
      return undefined;
    }
    try {
      return look(state);
    } finally {
      state.close();
    }
  }

  events(after: number): readonly JournalEvent[] {
    return this.state((state) => [...state.journal(undefined, after)]) ?? [];
  }

  lastSeq(): number {
    return this.events(this.checked.seq).at(-1)?.seq ?? this.checked.seq;
  }

  async stop(): Promise<void> {
    await this.workspace.dispose();
    await this.chroma.kill();
    await this.#embedding.stop();
    await this.#uncounted.stop();
    this.#fresh.dispose();
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }
}
