/** An apply in this process that takes the lease from a holder that stood still for a moment, not for half a minute. */

import { runApply } from '../../src/cli/run/run-apply.js';
import { mintRunId } from '../../src/cli/session/mint-run-id.js';
import { Session } from '../../src/cli/session/session.js';
import { DEFAULT_PLAN_OPTIONS } from '../../src/domain/plan.js';
import type { Clock } from '../../src/domain/ports/clock.js';
import type { ApplyResult } from '../../src/domain/results.js';
import { acquireWriter } from '../../src/recorded/acquire-lease.js';
import type { LeasedWriter } from '../../src/recorded/state-writer.js';

import { realClock } from '../support/real-clock.js';

export interface Impatience {
  /** Longer than the holder's heartbeat, which is a second. */
  readonly ttlMs?: number;
  /** Runs so many milliseconds from now, by the wall clock. */
  readonly later?: number;
}

export async function applyImpatiently(
  root: string,
  env: Readonly<Record<string, string>>,
  { ttlMs = 1500, later = 0 }: Impatience = {},
): Promise<ApplyResult> {
  const clock = realClock();
  const session = new ImpatientSession(root, env, { ...clock, now: () => clock.now() + later }, ttlMs);
  try {
    const answer = await runApply(session, {
      desired: await session.loadDesired(),
      options: DEFAULT_PLAN_OPTIONS,
      saved: undefined,
      fsync: 'doc',
      command: 'apply',
      approve: async () => true,
    });
    if (answer.kind !== 'result') throw new Error(`apply ended as ${answer.kind}`);
    return answer.result;
  } finally {
    await session.close();
  }
}

class ImpatientSession extends Session {
  readonly #ttlMs: number;
  #writer: LeasedWriter | undefined;

  constructor(root: string, env: Readonly<Record<string, string>>, clock: Clock, ttlMs: number) {
    super({
      stateRoot: 'state',
      desiredPaths: ['desired'],
      environment: undefined,
      env: { ...process.env, ...env },
      cwd: root,
      clock,
      signal: new AbortController().signal,
      toolVersion: 'test',
      onProgress: () => {},
      onWarning: () => {},
    });
    this.#ttlMs = ttlMs;
  }

  override async acquireWriter(
    environment: string,
    command: string,
    fsync: 'doc' | 'interval' | 'off',
  ): Promise<LeasedWriter> {
    const { clock, signal } = this.options;
    this.#writer = await acquireWriter({
      stateDir: this.stateDir(environment),
      mintRunId: (newest) => mintRunId(clock.now(), newest),
      command,
      ...this.identity,
      clock,
      fsync,
      signal,
      ttlMs: this.#ttlMs,
    });
    return this.#writer;
  }

  override async close(): Promise<void> {
    this.#writer?.close();
    await super.close();
  }
}
