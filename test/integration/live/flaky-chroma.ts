/** A real HTTP server between the adapter and a real Chroma, which misbehaves as a test tells it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listenLocally, stopServer } from '../../support/local-server.js';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
  /** Hands the request to Chroma and returns its answer, without giving it to the client. */
  forward(): Promise<{ status: number; body: Buffer }>;
  /** Cuts the client's connection. */
  cut(): void;
}

/** Returns true when it dealt with the exchange; otherwise Chroma's answer is passed on. */
export type Misbehaviour = (exchange: Exchange) => boolean | Promise<boolean>;

export class FlakyChroma {
  readonly requests: string[] = [];
  misbehave: Misbehaviour = () => false;
  readonly #server: Server;

  constructor(chromaUrl: string) {
    this.#server = createServer((request, response) => {
      void this.#handle(chromaUrl, request, response).catch(() => response.destroy());
    });
  }

  start(): Promise<string> {
    return listenLocally(this.#server);
  }

  stop(): Promise<void> {
    return stopServer(this.#server);
  }

  /** How many requests had a path that ends so. */
  count(suffix: string): number {
    return this.requests.filter((path) => path.endsWith(suffix)).length;
  }

  async #handle(chromaUrl: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    this.requests.push(path);
    const forward = async (): Promise<{ status: number; body: Buffer }> => {
      const answer = await fetch(`${chromaUrl}${path.replace(/^\/prefix/, '')}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body.length === 0 ? {} : { body }),
      });
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    };
    const cut = (): void => {
      request.socket.destroy();
    };
    if (await this.misbehave({ method, path, body, response, forward, cut })) return;
    const answer = await forward();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }
}

/** Answers the first `times` requests whose path ends so with `status`, then behaves. */
export function failing(
  suffix: string,
  status: number,
  times: number,
  options: { readonly body?: string; readonly headers?: Record<string, string> } = {},
): Misbehaviour {
  let left = times;
  return ({ path, response }) => {
    if (!path.endsWith(suffix) || left === 0) return false;
    left--;
    response.writeHead(status, { 'content-type': 'application/json', ...options.headers });
    response.end(options.body ?? JSON.stringify({ error: 'InternalError', message: 'as the test wants' }));
    return true;
  };
}
