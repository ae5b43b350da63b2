/**
 * What a first apply of the same manifests and documents makes: in this process, with a state of its own that is
 * thrown away every time, and a Chroma in memory. Only its own embedding cache is kept, which saves time.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runApply } from '../../../src/cli/run/run-apply.js';
import { Session } from '../../../src/cli/session/session.js';
import { DEFAULT_PLAN_OPTIONS } from '../../../src/domain/plan.js';
import type { SeenRecord } from '../../support/ingest-cli.js';
import { MemoryChroma } from '../../support/memory-chroma.js';
import { quickFolder } from '../../support/quick-folder.js';
import { realClock } from '../../support/real-clock.js';

export class FreshBuild {
  readonly #states = mkdtempSync(join(quickFolder(), 'ingest-fresh-'));

  /** The records of `collection`, by id and in the order of ids. */
  async of(
    root: string,
    env: Readonly<Record<string, string>>,
    collection: string,
  ): Promise<Map<string, SeenRecord>> {
    mkdirSync(this.#states, { recursive: true });
    const chroma = new MemoryChroma();
    const session = new FreshSession(root, env, this.#states, chroma);
    try {
      const answer = await runApply(session, {
        desired: await session.loadDesired(),
        options: DEFAULT_PLAN_OPTIONS,
        saved: undefined,
        fsync: 'off',
        command: 'apply',
        approve: async () => true,
      });
      if (answer.kind !== 'result' || answer.result.outcome !== 'applied') {
        throw new Error(`the fresh build ended as ${JSON.stringify(answer)}`);
      }
    } finally {
      await session.close();
      rmSync(join(this.#states, 'test'), { recursive: true, force: true });
    }
    const found = new Map<string, SeenRecord>();
    for (const record of chroma.contents(collection)) {
      const { id, text, metadata, vector } = record as MemoryRecord;
      found.set(id, { document: text, metadata, embedding: vector.map(Math.fround) });
    }
    return found;
  }

  dispose(): void {
    rmSync(this.#states, { recursive: true, force: true });
  }
}

interface MemoryRecord {
  readonly id: string;
  readonly text: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly vector: readonly number[];
}

class FreshSession extends Session {
  readonly #chroma: MemoryChroma;

  constructor(root: string, env: Readonly<Record<string, string>>, stateRoot: string, chroma: MemoryChroma) {
    super({
      stateRoot,
      desiredPaths: ['desired'],
      environment: undefined,
      env,
      cwd: root,
      clock: realClock(),
      signal: new AbortController().signal,
      toolVersion: 'test',
      onProgress: () => {},
      onWarning: () => {},
    });
    this.#chroma = chroma;
  }

  override async database(): Promise<MemoryChroma> {
    return this.#chroma;
  }
}
