/** One POST of JSON, with a time limit, a size limit and failures told apart by kind. */
import { certificateFault, codeOf, proxyFailureIn } from './connection-faults.js';

export interface PostRequest {
  readonly url: string;
  /** The built-in one, or one that knows a proxy. */
  readonly fetch: typeof fetch;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Milliseconds for the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** `tls`: the certificate is not accepted. `refused`: by a proxy. `cut`: the answer began and did not end. */
export type HttpFailureKind = 'timeout' | 'unreachable' | 'tls' | 'refused' | 'cut' | 'too-large';

export class HttpFailure extends Error {
  readonly kind: HttpFailureKind;

  constructor(kind: HttpFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HttpFailure';
    this.kind = kind;
  }
}

/**
 * Any status is an answer, redirects included: following one would send headers to another host.
 * @throws HttpFailure, or the signal's reason when it aborts
 */
export async function postJson(request: PostRequest): Promise<HttpAnswer> {
  const { signal, timeoutMs } = request;
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => controller.abort(new HttpFailure('timeout', `no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  let answered = false;
  try {
    const response = await request.fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...request.headers },
      body: JSON.stringify(request.body),
      redirect: 'manual',
      signal: controller.signal,
    });
    answered = true;
    const body = await readBody(response, request.maxBytes);
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error instanceof HttpFailure ? error : failureOf(error, answered);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    // Leaving the loop cancels the stream and so closes the connection.
    if (bytes > maxBytes) throw new HttpFailure('too-large', `the answer is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function failureOf(error: unknown, answered: boolean): HttpFailure {
  const proxy = proxyFailureIn(error);
  if (proxy !== undefined) {
    return new HttpFailure(proxy.isFinal ? 'refused' : 'unreachable', proxy.message, error);
  }
  const code = codeOf(error) ?? 'no code';
  const certificate = certificateFault(code);
  if (certificate !== undefined) return new HttpFailure('tls', certificate, error);
  if (/^UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT$/.test(code)) {
    return new HttpFailure('timeout', `no answer in time (${code})`, error);
  }
  return answered
    ? new HttpFailure('cut', `the connection was cut during the answer (${code})`, error)
    : new HttpFailure('unreachable', `no connection (${code})`, error);
}
