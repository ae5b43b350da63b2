/** A reverse proxy with TLS before a real Chroma, as nginx or Caddy stand there. */
import { request } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface TlsProxy {
  readonly port: number;
  /** Requests that came through the handshake. */
  readonly seen: number;
  stop(): Promise<void>;
}

export async function startTlsProxy(target: string, options: ServerOptions): Promise<TlsProxy> {
  let seen = 0;
  const { hostname, port } = new URL(target);
  const server = createServer(options, (incoming, outgoing) => {
    seen++;
    const { url: path, method, headers } = incoming;
    const onward = request({ hostname, port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  // A handshake that fails is the test's subject.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get seen() {
      return seen;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
