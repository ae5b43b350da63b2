/** One exchange, with a time limit, a size limit and failures told apart by kind. */
import { certificateFault, codeOf, proxyFailureIn } from './connection-faults.js';

interface AnyRequest {
  readonly url: string;
  /** The built-in one, or one that knows a proxy. */
  readonly fetch: typeof fetch;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Bytes of the answer's body. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** `timeoutMs` is for the whole exchange, body included. */
export interface PostRequest extends AnyRequest {
  readonly body: unknown;
}

/** `timeoutMs` is for each wait: until the answer begins, and for each part of it. */
export type GetRequest = AnyRequest;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface HttpBytes {
  readonly status: number;
  readonly headers: Headers;
  /** Unpacked, where the answer says how it is packed. */
  readonly bytes: Buffer;
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
export async function postJson({ body, ...request }: PostRequest): Promise<HttpAnswer> {
  const { status, headers, bytes } = await exchange(
    request,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...request.headers },
      body: JSON.stringify(body),
    },
    () => {},
  );
  return { status, headers, body: bytes.toString('utf8') };
}

/** As postJson: any status is an answer. @throws HttpFailure, or the signal's reason when it aborts */
export function getBytes(request: GetRequest): Promise<HttpBytes> {
  return exchange(request, { method: 'GET', headers: { ...request.headers } }, (timer) => timer.refresh());
}

async function exchange(
  request: AnyRequest,
  init: RequestInit,
  onPart: (timer: NodeJS.Timeout) => void,
): Promise<HttpBytes> {
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
      ...init,
      redirect: 'manual',
      signal: controller.signal,
    });
    answered = true;
    const bytes = await readBody(response, request.maxBytes, () => onPart(timer));
    return { status: response.status, headers: response.headers, bytes };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error instanceof HttpFailure ? error : failureOf(error, answered);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function readBody(response: Response, maxBytes: number, onPart: () => void): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    onPart();
    bytes += part.byteLength;
    // Leaving the loop cancels the stream and so closes the connection.
    if (bytes > maxBytes) throw new HttpFailure('too-large', `the answer is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
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
