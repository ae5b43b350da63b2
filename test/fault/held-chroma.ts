/** A proxy that holds back writes which a test chooses, and remembers the writes that came through. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exchange, FlakyChroma } from '../integration/live/flaky-chroma.js';
import type { RunningCli } from '../support/ingest-cli.js';

const WRITE = /\/(upsert|update|delete)$/;

export class HeldChroma {
  readonly held: Exchange[] = [];
  /** Paths of the writes that arrived, held ones included. */
  readonly writes: string[] = [];
  /** Of these, the ones to hold: given the path, and how many of this kind came before. */
  hold: (path: string, before: number) => boolean = () => false;
  readonly #flaky: FlakyChroma;

  constructor(chromaUrl: string) {
    this.#flaky = new FlakyChroma(chromaUrl);
    this.#flaky.misbehave = (exchange) => {
      const { path, method } = exchange;
      if (!WRITE.test(path) && method !== 'PUT') return false;
      const before = this.writes.filter((other) => other === path).length;
      this.writes.push(path);
      if (!this.hold(path, before)) return false;
      this.held.push(exchange);
      return true;
    };
  }

  start(): Promise<string> {
    return this.#flaky.start();
  }

  /** The next write that is held. @throws Error when the program ended instead */
  async next(running: RunningCli): Promise<Exchange> {
    for (;;) {
      const exchange = this.held.shift();
      if (exchange !== undefined) return exchange;
      if (running.child.exitCode !== null) {
        throw new Error(`it ended before:\n${running.stdout()}\n${running.stderr()}`);
      }
      await sleep(2);
    }
  }

  async stop(): Promise<void> {
    this.hold = () => false;
    await this.#flaky.stop();
  }
}

/** Hands the request to Chroma, and its answer to the program. */
export async function letPass(exchange: Exchange): Promise<void> {
  const { status, body } = await exchange.forward();
  exchange.response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

export function refuse({ response }: Exchange): void {
  response.writeHead(503, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: 'Unavailable', message: 'as the test wants' }));
}
