/**
 * A real Chroma over a folder and at a port of its own, to be killed while it writes and started again: the program
 * must meet the same url afterwards. It ends with the process that started it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FSWatcher, mkdirSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProgram } from '../../../src/live/embedded/child-protocol.js';
import { resolveTestProgram } from '../../support/chroma.js';
import { freePort } from '../../support/local-server.js';

/** `cli` blocks its thread, so it has one of its own; the main thread lives by stdin. */
const HOST = `
const { Worker } = require('node:worker_threads');
const [file, ...argv] = process.argv.slice(1);
const code = "const { workerData: w } = require('node:worker_threads'); require(w.file).cli(w.argv);";
new Worker(code, { eval: true, workerData: { file, argv: ['chroma', ...argv] } })
  .on('exit', () => process.exit(1));
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
`;
const START_MS = 60_000;
const PROBE_EVERY_MS = 5_000;
/** Far longer than a count takes on a busy machine. */
const PROBE_MS = 20_000;

export class KillableChroma {
  readonly url: string;
  readonly #folder: string;
  readonly #probed: string;
  readonly #port: number;
  readonly #program: ServerProgram;
  #child: ChildProcess | undefined;
  #crashes = 0;
  #starting: Promise<void> | undefined;
  #restarts = 0;

  private constructor(folder: string, probed: string, port: number, program: ServerProgram) {
    this.#folder = folder;
    this.#probed = probed;
    this.#port = port;
    this.#program = program;
    this.url = `http://localhost:${port}`;
  }

  /** `probed`: the collection by whose count it is told whether it hangs. */
  static async start(folder: string, probed: string): Promise<KillableChroma> {
    mkdirSync(folder, { recursive: true });
    const chroma = new KillableChroma(
      folder,
      probed,
      await freePort('localhost'),
      await resolveTestProgram(),
    );
    await chroma.start();
    return chroma;
  }

  /** How often it ended by itself, or hung and was ended by the probe. */
  get crashes(): number {
    this.#noteCrash();
    return this.#crashes;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves when it answers. Nothing happens while it runs. @throws Error when it does not come up */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    const deadline = performance.now() + START_MS;
    this.#noteCrash();
    while (this.#child === undefined || !isAlive(this.#child)) {
      const child = this.#spawn();
      // A port that was in use a moment ago makes it end at once: then once more.
      while (isAlive(child) && !(await this.#answers())) await sleep(25);
      if (isAlive(child)) {
        this.#child = child;
        this.#restarts++;
        // As a service manager does: one that ends by itself is started again.
        child.once('exit', () => {
          if (this.#child === child) void this.start().catch(() => {});
        });
        void this.#probe(child);
      } else if (performance.now() > deadline) throw new Error(`no Chroma comes up at ${this.url}`);
      else await sleep(250);
    }
  }

  /** A liveness probe, as production has one: a Chroma that answers its heartbeat and no count is ended. */
  async #probe(child: ChildProcess): Promise<void> {
    for (let silent = 0; isAlive(child) && silent < 2; ) {
      await sleep(PROBE_EVERY_MS, undefined, { ref: false });
      silent = (await this.#counts()) ? 0 : silent + 1;
    }
    if (isAlive(child)) child.kill('SIGKILL');
  }

  /**
   * False only for no answer in time: an error is an answer. Only what searchers use is asked: the damaged one that
   * was replaced may end Chroma when it is read.
   */
  async #counts(): Promise<boolean> {
    const base = `${this.url}/api/v2/tenants/default_tenant/databases/default_database/collections`;
    const get = async (url: string): Promise<unknown> =>
      (await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) })).json();
    try {
      const { id } = (await get(`${base}/${this.#probed}`)) as { readonly id?: string };
      if (id !== undefined) await get(`${base}/${id}/count`);
      return true;
    } catch (error) {
      return !(error instanceof Error && error.name === 'TimeoutError');
    }
  }

  /** As the kernel or a power button would. */
  async kill(): Promise<void> {
    this.#noteCrash();
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /**
   * Calls `back` when the files of a search index begin to be rewritten, which a local Chroma does in place every
   * thousand operations. Gives what ends the watching.
   */
  onFlush(back: () => void): () => void {
    const watchers = new Map<string, FSWatcher>();
    const watchSegments = (): void => {
      for (const entry of readdirSync(this.#folder, { withFileTypes: true })) {
        if (!entry.isDirectory() || watchers.has(entry.name)) continue;
        watchers.set(entry.name, watch(join(this.#folder, entry.name), back));
      }
    };
    watchers.set('.', watch(this.#folder, watchSegments));
    watchSegments();
    return () => {
      for (const watcher of watchers.values()) watcher.close();
    };
  }

  #noteCrash(): void {
    if (this.#child === undefined || isAlive(this.#child)) return;
    this.#crashes++;
    this.#child = undefined;
  }

  #spawn(): ChildProcess {
    const argv = ['run', '--path', this.#folder, '--port', String(this.#port), '--host', 'localhost'];
    return this.#program.kind === 'binding'
      ? spawn(process.execPath, ['-e', HOST, this.#program.file, ...argv], {
          stdio: ['pipe', 'ignore', 'ignore'],
          // Ctrl-C ends the soak after its round, with its Chroma still there.
          detached: true,
        })
      : spawn(this.#program.command, argv, { stdio: 'ignore' });
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/api/v2/heartbeat`, { signal: AbortSignal.timeout(1000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
