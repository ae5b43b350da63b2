/**
 * A real local HTTP server that speaks OpenAI's embeddings protocol, with scripted misbehaviour. Vectors
 * are deterministic: equal texts of one dimension get equal vectors, whatever the request they came in.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenLocally, stopServer } from './local-server.js';

/** What the server does with one request. `ok` is the default. */
export type Behaviour =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
      readonly code?: string;
    }
  /** Answers correctly after so many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Begins the answer and cuts the connection. */
  | { readonly kind: 'reset' }
  /** A complete answer that breaks off in the middle of its JSON. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'wrong-count' }
  | { readonly kind: 'shuffled' }
  | { readonly kind: 'without-index' }
  | { readonly kind: 'duplicate-index' }
  | { readonly kind: 'dimension'; readonly dimension: number }
  /** Puts this JSON value in the place of the first number. */
  | { readonly kind: 'number'; readonly json: string }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'html'; readonly status: number }
  /** 401, quoting the key it was given. */
  | { readonly kind: 'echo-key' }
  /** 400, quoting the first text it was given. */
  | { readonly kind: 'echo-text' };

export interface EmbeddingServerOptions {
  /** Default 8. A `dimensions` in the request wins. */
  readonly dimension?: number;
  /** Consumed one per request, first to last; after that every request is `ok`. */
  readonly script?: readonly Behaviour[];
  /** For every request, once the script is used up. */
  readonly always?: Behaviour;
  /** A batch that contains one of these is answered by 400. */
  readonly poisoned?: readonly string[];
  /** A batch that contains one of these is answered by this status. */
  readonly poisonedStatus?: number;
  /** Larger batches are answered by `maxBatchStatus`, default 413. */
  readonly maxBatch?: number;
  readonly maxBatchStatus?: number;
  /** Told of every request as it arrives. */
  readonly onRequest?: (input: readonly string[]) => void;
  /** Requests without `Authorization: Bearer <key>` are answered by 401. */
  readonly key?: string;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
  readonly input: readonly string[];
}

export interface EmbeddingServer {
  /** For `base_url`, with the path `/v1`. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Every text of every request, repetitions included. */
  readonly texts: readonly string[];
  /** Texts that were answered with a vector, repetitions included. */
  readonly embedded: readonly string[];
  /** Requests being answered at the same time, at most. */
  readonly peak: number;
  /** Appends to the script. */
  next(...behaviours: readonly Behaviour[]): void;
  always(behaviour: Behaviour): void;
  /** Resolves when so many requests have arrived. */
  received(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** The vector that the server gives to a text. */
export function serverVector(text: string, dimension: number): number[] {
  const numbers: number[] = [];
  for (let block = 0; numbers.length < dimension; block++) {
    for (const byte of createHash('sha256').update(`${block} ${text}`).digest()) {
      if (numbers.length < dimension) numbers.push((byte - 127.5) / 128);
    }
  }
  return numbers;
}

/** Listens on a free port of the loopback interface. */
export async function startEmbeddingServer(options: EmbeddingServerOptions = {}): Promise<EmbeddingServer> {
  const state = new ServerState(options);
  const server = createServer((request, response) => {
    state.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const url = await listenLocally(server);
  return {
    url: `${url}/v1`,
    requests: state.requests,
    get texts() {
      return state.requests.flatMap((request) => request.input);
    },
    embedded: state.embedded,
    get peak() {
      return state.peak;
    },
    next: (...behaviours) => {
      state.script.push(...behaviours);
    },
    always: (behaviour) => {
      state.fallback = behaviour;
    },
    received: (count) => state.received(count),
    stop: () => stopServer(server),
  };
}

class ServerState {
  readonly requests: SeenRequest[] = [];
  readonly embedded: string[] = [];
  readonly script: Behaviour[];
  fallback: Behaviour;
  peak = 0;
  #open = 0;
  readonly #options: EmbeddingServerOptions;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(options: EmbeddingServerOptions) {
    this.#options = options;
    this.script = [...(options.script ?? [])];
    this.fallback = options.always ?? { kind: 'ok' };
  }

  received(count: number): Promise<void> {
    if (this.requests.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.peak = Math.max(this.peak, ++this.#open);
    response.on('close', () => this.#open--);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>;
    const input = body['input'] as string[];
    this.requests.push({ path: request.url ?? '', headers: request.headers, body, input });
    this.#options.onRequest?.(input);
    for (const waiter of this.#waiting) {
      if (this.requests.length >= waiter.count) waiter.resolve();
    }
    const refusal = this.#refusal(request, input);
    await this.#act(refusal ?? this.script.shift() ?? this.fallback, request, response, body, input);
  }

  #refusal(request: IncomingMessage, input: readonly string[]): Behaviour | undefined {
    const { key, maxBatch, maxBatchStatus, poisoned, poisonedStatus } = this.#options;
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
      return { kind: 'status', status: 401, message: 'Incorrect API key provided' };
    }
    if (maxBatch !== undefined && input.length > maxBatch) {
      return { kind: 'status', status: maxBatchStatus ?? 413, message: `at most ${maxBatch} texts` };
    }
    if (poisoned?.some((text) => input.includes(text))) {
      return { kind: 'status', status: poisonedStatus ?? 400, message: 'one input cannot be embedded' };
    }
    return undefined;
  }

  async #act(
    behaviour: Behaviour,
    request: IncomingMessage,
    response: ServerResponse,
    body: Readonly<Record<string, unknown>>,
    input: readonly string[],
  ): Promise<void> {
    const dimension = Number(body['dimensions'] ?? this.#options.dimension ?? 8);
    switch (behaviour.kind) {
      case 'ok':
        this.embedded.push(...input);
        sendJson(response, 200, answer(input, dimension));
        return;
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, behaviour.ms));
        this.embedded.push(...input);
        sendJson(response, 200, answer(input, dimension));
        return;
      case 'hang':
        return;
      case 'status': {
        const { status, message, code, headers, retryAfter } = behaviour;
        const wait = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
        sendJson(response, status, failure(message ?? `scripted ${status}`, code), {
          ...headers,
          ...wait,
        });
        return;
      }
      case 'echo-key':
        sendJson(
          response,
          401,
          failure(`Incorrect API key provided: ${request.headers.authorization ?? ''}.\nSee\tthe docs`),
        );
        return;
      case 'echo-text':
        sendJson(response, 400, failure(`invalid input: '${input[0] ?? ''}'`));
        return;
      case 'html':
        response.writeHead(behaviour.status, { 'content-type': 'text/html' });
        response.end('<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>');
        return;
      default:
        this.#sendOdd(behaviour, response, answer(input, dimension), input);
        return;
    }
  }

  /** Answers with status 200 that are wrong, or right in an unusual way. */
  #sendOdd(behaviour: Behaviour, response: ServerResponse, right: Answer, input: readonly string[]): void {
    const { data } = right;
    switch (behaviour.kind) {
      case 'shuffled':
        this.embedded.push(...input);
        sendJson(response, 200, { ...right, data: [...data].reverse() });
        return;
      case 'without-index':
        this.embedded.push(...input);
        sendJson(response, 200, { ...right, data: data.map(({ embedding }) => ({ embedding })) });
        return;
      case 'duplicate-index':
        sendJson(response, 200, { ...right, data: data.map((item) => ({ ...item, index: 0 })) });
        return;
      case 'wrong-count':
        sendJson(response, 200, { ...right, data: data.slice(1) });
        return;
      case 'dimension':
        sendJson(response, 200, answer(input, behaviour.dimension));
        return;
      case 'zeros':
        sendJson(response, 200, {
          ...right,
          data: data.map((item) => ({ ...item, embedding: item.embedding.map(() => 0) })),
        });
        return;
      case 'number': {
        const text = JSON.stringify(right).replace(/"embedding":\[[^,\]]+/, `"embedding":[${behaviour.json}`);
        send(response, 200, text);
        return;
      }
      case 'truncated': {
        const text = JSON.stringify(right);
        send(response, 200, text.slice(0, text.length / 2));
        return;
      }
      case 'reset': {
        const text = JSON.stringify(right);
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.write(text.slice(0, text.length / 2), () => response.destroy());
        return;
      }
      default:
        throw new Error(`no behaviour ${behaviour.kind}`);
    }
  }
}

interface Answer {
  readonly object: 'list';
  readonly data: readonly {
    readonly object: 'embedding';
    readonly index: number;
    readonly embedding: number[];
  }[];
}

function answer(input: readonly string[], dimension: number): Answer {
  return {
    object: 'list',
    data: input.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: serverVector(text, dimension),
    })),
  };
}

function failure(message: string, code?: string): unknown {
  return { error: { message, type: 'invalid_request_error', param: null, code: code ?? null } };
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, JSON.stringify(body), headers);
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
