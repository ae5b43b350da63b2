/**
 * `fetch` for one server. The built-in one knows no proxies and no certificates of our own; where they are asked for
 * undici's is loaded, and nowhere else.
 */
import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { buildConnector, Dispatcher } from 'undici';
import { chooseProxy, type Environment, type ProxyServer } from './choose-proxy.js';
import { codeOf, isNotSent, ProxyFailure } from './connection-faults.js';

/** PEM. With `ca` only these authorities are trusted. */
export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface OutboundOptions {
  readonly url: string;
  readonly env: Environment;
  readonly tls: TlsMaterial | undefined;
}

export interface Outbound {
  readonly fetch: typeof fetch;
  readonly proxy: ProxyServer | undefined;
  close(): Promise<void>;
}

/** @throws IngestError E413 for a variable that names no proxy */
export async function openOutbound({ url, env, tls }: OutboundOptions): Promise<Outbound> {
  const proxy = chooseProxy(url, env);
  if (proxy === undefined && tls === undefined) return { fetch, proxy, close: async () => {} };
  const undici = await import('undici');
  const connect = tls === undefined ? {} : definedOf(tls);
  if (proxy === undefined) return outbound(undici, new undici.Agent({ connect }), undefined);
  if (new URL(url).protocol === 'https:') return outbound(undici, tunnel(undici, proxy, connect), proxy);
  return relay(undici, proxy);
}

function outbound(undici: Undici, dispatcher: Dispatcher, proxy: ProxyServer | undefined): Outbound {
  // Its types are those of its own fetch, which takes and gives the same.
  const send = undici.fetch as unknown as (
    input: Parameters<typeof fetch>[0],
    init: Omit<RequestInit, 'dispatcher'> & { readonly dispatcher: Dispatcher },
  ) => Promise<Response>;
  return {
    fetch: (input, init) => send(input, { ...init, dispatcher }),
    proxy,
    close: () => dispatcher.close(),
  };
}

type Undici = typeof import('undici');

/** For https: CONNECT, then TLS with the server itself, so that the proxy sees no request. */
function tunnel(undici: Undici, proxy: ProxyServer, requestTls: buildConnector.BuildOptions): Dispatcher {
  class Gate extends undici.Client {
    /** The agent would tell a refusal by words alone. */
    override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
    override connect(options: Dispatcher.ConnectOptions, callback: unknown): void;
    override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
      return super.connect(options).then(
        (answer) => {
          if (answer.statusCode === 200) return answer;
          answer.socket.on('error', () => {}).destroy();
          throw new ProxyFailure(proxy.url, answer.statusCode);
        },
        (error: unknown) => {
          throw new ProxyFailure(proxy.url, undefined, error);
        },
      );
    }
  }
  return new undici.ProxyAgent({
    uri: proxy.url,
    requestTls,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    clientFactory: (origin, options) => new Gate(origin, options),
  });
}

/**
 * For http: the proxy is asked for the whole url, as proxies expect that allow CONNECT for https only. Not by undici's
 * fetch, which hides a 407 as a failure without a name.
 */
function relay(undici: Undici, proxy: ProxyServer): Outbound {
  const pool = new undici.Pool(proxy.url);
  const authorization =
    proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
  const ask = async (url: URL, { method, headers, body, signal }: RequestInit): Promise<Response> => {
    const answer = await pool
      .request({
        path: url.href,
        method: (method ?? 'GET') as Dispatcher.HttpMethod,
        headers: { ...Object.fromEntries(new Headers(headers)), host: url.host, ...authorization },
        body: typeof body === 'string' ? body : null,
        signal: signal ?? null,
      })
      .catch((error: unknown) => {
        throw isNotSent(codeOf(error)) ? new ProxyFailure(proxy.url, undefined, error) : error;
      });
    const { statusCode: status } = answer;
    if (status !== 407)
      return new Response(BODILESS.has(status) ? null : streamOf(unpacked(answer)), {
        status,
        headers: listOf(answer.headers),
      });
    answer.body.on('error', () => {}).destroy();
    throw new ProxyFailure(proxy.url, status);
  };
  return {
    fetch: (input, init) => ask(new URL(String(input)), init ?? {}),
    proxy,
    close: () => pool.close(),
  };
}

/** A response with such a status may not be given a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** As fetch does it. */
function unpacked({ headers, body }: Dispatcher.ResponseData): Readable {
  const unpack = UNPACKERS[String(headers['content-encoding'] ?? '').toLowerCase()];
  return unpack === undefined ? body : pipeline(body, unpack(), () => {});
}

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

function streamOf(body: Readable): ReadableStream {
  return Readable.toWeb(body) as ReadableStream;
}

function listOf(headers: Readonly<Record<string, string | string[] | undefined>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
}

function definedOf({ ca, cert, key }: TlsMaterial): { ca?: string; cert?: string; key?: string } {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
