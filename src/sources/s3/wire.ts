/** Sends what the client of AWS composes: through our own connection instead of its own. */
import { Readable } from 'node:stream';
import { getBytes, HttpFailure } from '../../platform/http.js';
import { openOutbound } from '../../platform/outbound.js';
import type { SourceContext } from '../source-context.js';

/** As the client composes it: signed, its path encoded. */
interface WireRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
}

interface WireResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

export interface Wire {
  handle(
    request: WireRequest,
    options?: { readonly abortSignal?: unknown },
  ): Promise<{ readonly response: WireResponse }>;
}

/** Only reads. @param maxBytes of one answer, unpacked */
export function createWire(timeoutMs: number, maxBytes: number, { env, signal }: SourceContext): Wire {
  const fetches = new Map<string, Promise<typeof fetch>>();
  function fetchFor(origin: string): Promise<typeof fetch> {
    const known =
      fetches.get(origin) ?? openOutbound({ url: origin, env, tls: undefined }).then((one) => one.fetch);
    fetches.set(origin, known);
    return known;
  }
  return {
    async handle(request, { abortSignal } = {}) {
      if (request.method !== 'GET')
        throw new TypeError(`a source only reads, and this is a ${request.method}`);
      const port = request.port === undefined ? '' : `:${request.port}`;
      const origin = `${request.protocol}//${request.hostname}${port}`;
      // What fetch sets for itself, to the same that was signed.
      const { host: _, ...headers } = request.headers;
      try {
        const answer = await getBytes({
          url: `${origin}${request.path}${queryOf(request.query ?? {})}`,
          fetch: await fetchFor(origin),
          headers,
          timeoutMs,
          maxBytes,
          signal: abortSignal instanceof AbortSignal ? abortSignal : signal,
        });
        const response = {
          statusCode: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: Readable.from([answer.bytes]),
        };
        return { response };
      } catch (error) {
        throw error instanceof HttpFailure ? passing(error) : error;
      }
    },
  };
}

/** The client tries again what has this name. */
function passing(failure: HttpFailure): HttpFailure {
  const passes = failure.kind === 'timeout' || failure.kind === 'unreachable' || failure.kind === 'cut';
  return passes ? Object.assign(failure, { name: 'TimeoutError' }) : failure;
}

function queryOf(query: NonNullable<WireRequest['query']>): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => (one === null ? encode(name) : `${encode(name)}=${encode(one ?? '')}`)),
  );
  return parts.length === 0 ? '' : `?${parts.sort().join('&')}`;
}

/** As signatures have it: RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
