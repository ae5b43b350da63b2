/**
 * HTTP to one Chroma: a time limit and retries per request, and failures that keep their cause. The chromadb client
 * sends through it too, because by itself it has no time-outs and drops causes, statuses and Retry-After.
 */
import type { ConnectionSpec, RetrySpec } from '../domain/connection.js';
import { maskSecrets } from '../domain/mask-secrets.js';
import type { Clock } from '../domain/ports/clock.js';
import {
  certificateFault,
  codedError,
  codeOf,
  isNotSent,
  type ProxyFailure,
  proxyFailureIn,
} from '../platform/connection-faults.js';

export interface TransportOptions {
  /** Origin and path, without a slash at the end. */
  readonly baseUrl: string;
  /** Their values are secrets: what a server or a library quotes of them is masked. */
  readonly headers: Readonly<Record<string, string>>;
  /** What else must not be shown: the proxy's user and password. */
  readonly secrets: readonly string[];
  /** The one that knows the server's proxy and certificates. */
  readonly fetch: typeof fetch;
  readonly patience: Pick<ConnectionSpec, 'timeout_ms' | 'retries'>;
  readonly clock: Clock;
  /** Ends waiting between two attempts. A request in flight is finished. */
  readonly signal: AbortSignal;
  /** Ends a request in flight: given by who writes nothing, or nothing yet. */
  readonly giveUp?: AbortSignal;
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below baseUrl, with its query. */
  readonly path: string;
  readonly body?: string;
  /** At most; 1 for what must not be sent twice. */
  readonly attempts?: number;
  /** Less than what every request has. */
  readonly timeoutMs?: number;
  /** Status 500 may be a passing failure of a write, but is the verdict of a query. Default true. */
  readonly retry500?: boolean;
}

/** No answer came. `inDoubt`: some attempt may have been received and carried out. */
export class NoAnswer extends Error {
  readonly inDoubt: boolean;
  /** Nothing was heard until the time was up. */
  readonly timedOut: boolean;
  /** Why one side does not accept the other's certificate. */
  readonly certificate: string | undefined;
  /** The proxy answered in the server's place, or could not be reached. */
  readonly proxy: ProxyFailure | undefined;

  constructor(cause: unknown, inDoubt: boolean) {
    super(reasonOf(cause), { cause });
    this.name = 'NoAnswer';
    this.inDoubt = inDoubt;
    this.timedOut = cause instanceof Error && cause.name === 'TimeoutError';
    this.proxy = proxyFailureIn(cause);
    // That of a proxy is the proxy's failure.
    this.certificate = this.proxy === undefined ? certificateFault(codeOf(cause)) : undefined;
  }

  /** Asking again would end the same way. */
  get isFinal(): boolean {
    return this.certificate !== undefined || this.proxy?.isFinal === true;
  }
}

/** The server answered with an error status. `inDoubt`: an earlier attempt may have been carried out. */
export class ErrorAnswer extends Error {
  readonly status: number;
  readonly inDoubt: boolean;
  /** The body is Chroma's own JSON error, not a proxy's page. */
  readonly byChroma: boolean;

  constructor(status: number, body: string, inDoubt: boolean) {
    const message = chromaMessage(body);
    super(message ?? `status ${status}`);
    this.name = 'ErrorAnswer';
    this.status = status;
    this.inDoubt = inDoubt;
    this.byChroma = message !== undefined;
  }
}

export interface Transport {
  /** The body of a 2xx answer. @throws NoAnswer, ErrorAnswer, the reason of `giveUp` */
  send(request: TransportRequest): Promise<string>;
  /** As `fetch`, for the chromadb client. @throws NoAnswer, ErrorAnswer */
  readonly fetch: typeof fetch;
  /** The server has another address from now on. */
  moveTo(baseUrl: string): void;
}

const FIRST_PAUSE_MS = 250;
/**
 * A write that failed is sent again from here within this time only. Later the process may have slept, and another
 * may write in its place: whoever sent it must ask whether it still may. The wall clock runs through every sleep.
 */
const RESEND_MS = 5_000;
const WRITE = /\/(upsert|update|delete)$/;

export function createTransport(options: TransportOptions): Transport {
  let base = options.baseUrl;
  const send = (request: TransportRequest): Promise<string> => {
    const headers: Record<string, string> = { ...options.headers, accept: 'application/json' };
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    return sendPatiently(options, `${base}${request.path}`, { ...request, headers });
  };
  const fetchForClient: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const text = await request.text();
    // The client was told the first address.
    const url = `${base}${request.url.slice(options.baseUrl.length)}`;
    const body = await sendPatiently(options, url, {
      method: request.method as TransportRequest['method'],
      headers: Object.fromEntries(request.headers),
      ...(text === '' ? {} : { body: text }),
      retry500: !new URL(request.url).pathname.endsWith('/query'),
    });
    return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } });
  };
  const moveTo = (baseUrl: string): void => {
    base = baseUrl;
  };
  return { send, fetch: fetchForClient, moveTo };
}

interface Prepared extends Omit<TransportRequest, 'path'> {
  readonly headers: Readonly<Record<string, string>>;
}

async function sendPatiently(options: TransportOptions, url: string, request: Prepared): Promise<string> {
  const { clock, signal, giveUp } = options;
  const deadline =
    clock.monotonic() + Math.min(options.patience.timeout_ms, request.timeoutMs ?? Number.POSITIVE_INFINITY);
  const resendUntil = WRITE.test(url) || request.method === 'PUT' ? clock.now() + RESEND_MS : undefined;
  const attempts = request.attempts ?? Number.POSITIVE_INFINITY;
  const secrets = [...secretsIn(options.headers), ...options.secrets];
  let inDoubt = false;
  for (let attempt = 1; ; attempt++) {
    const remaining = Math.max(1, Math.ceil(deadline - clock.monotonic()));
    const { failure, pauseMs } = await attemptOnce(options, url, request, remaining, inDoubt, secrets);
    if (typeof failure === 'string') return failure;
    giveUp?.throwIfAborted();
    inDoubt = failure.inDoubt;
    const again = attempt < Math.min(1 + retriesAfter(failure, request, options.patience.retries), attempts);
    const pause = pauseMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + clock.random());
    if (!again || clock.monotonic() + pause >= deadline) throw failure;
    try {
      await clock.sleep(pause, signal);
    } catch {
      // Interrupted: what went wrong stands as the outcome of this request.
      throw failure;
    }
    if (resendUntil !== undefined && clock.now() > resendUntil) throw failure;
  }
}

interface AttemptResult {
  /** The body when it went well. */
  readonly failure: string | NoAnswer | ErrorAnswer;
  /** As the server asked by Retry-After. */
  readonly pauseMs: number | undefined;
}

async function attemptOnce(
  { fetch: send, giveUp }: TransportOptions,
  url: string,
  request: Prepared,
  timeoutMs: number,
  inDoubt: boolean,
  secrets: readonly string[],
): Promise<AttemptResult> {
  const outOfTime = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      // Followed, it would carry the environment's headers to whatever host the answer names.
      redirect: 'manual',
      signal: giveUp === undefined ? outOfTime : AbortSignal.any([outOfTime, giveUp]),
    });
    const body = await readBody(response);
    if (response.ok) return { failure: body, pauseMs: undefined };
    const doubt = inDoubt || response.status >= 500;
    const failure = new ErrorAnswer(response.status, maskSecrets(body, secrets), doubt);
    return { failure, pauseMs: retryAfter(response.headers) };
  } catch (error) {
    const code = codeOf(error);
    const sent =
      !isNotSent(code) && certificateFault(code) === undefined && proxyFailureIn(error) === undefined;
    return { failure: new NoAnswer(withoutSecrets(error, secrets), inDoubt || sent), pauseMs: undefined };
  }
}

/** Far above the largest page that is asked for, far below what a string can hold. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

async function readBody(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    // Leaving the loop cancels the stream and so closes the connection.
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** Each value, and its words: a server may quote the token of `Bearer TOKEN` alone. */
function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]);
}

/** fetch quotes a header value that it cannot send; such an error must not go on as a cause. */
function withoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  const text = error instanceof Error ? error.message : String(error);
  const masked = maskSecrets(text, secrets);
  return masked === text ? error : new Error(masked);
}

/** How often it may be sent again after a failure of this kind. */
function retriesAfter(failure: NoAnswer | ErrorAnswer, request: Prepared, retries: RetrySpec): number {
  if (failure instanceof NoAnswer) return failure.isFinal ? 0 : retries.unreachable;
  switch (failure.status) {
    case 429:
      return retries.rate_limit;
    case 500:
      return request.retry500 === false ? 0 : retries.internal;
    case 502:
    case 503:
    case 504:
      return retries.unavailable;
    default:
      return 0;
  }
}

/** Seconds only; the date form is not used by Chroma or the usual proxies. */
function retryAfter(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function chromaMessage(body: string): string | undefined {
  try {
    const answer = JSON.parse(body) as { error?: unknown; message?: unknown } | null;
    if (typeof answer?.error !== 'string') return undefined;
    return typeof answer.message === 'string' ? answer.message : answer.error;
  } catch {
    return undefined;
  }
}

/** E.g. `connect ECONNREFUSED 127.0.0.1:8000`. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  const proxy = proxyFailureIn(error);
  if (proxy !== undefined) return proxy.message;
  const inner = codedError(error);
  if (inner !== undefined) return inner.message === '' ? inner.code : inner.message;
  return error instanceof Error ? error.message : String(error);
}
