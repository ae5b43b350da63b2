/**
 * A proxy as companies have them: CONNECT for https, whole urls for http, a password if one is asked for. Every host
 * name leads to this machine, so that tests can use names that are not its own.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ForwardProxy {
  readonly url: string;
  readonly port: number;
  /** `CONNECT host:port` or `GET http://host:port/path`, also those that were refused. */
  readonly requests: string[];
  /** `user:password` to ask for. */
  password: string | undefined;
  /** Answers this to everything, as its own. */
  refuse: { readonly status: number; readonly body: string } | undefined;
  stop(): Promise<void>;
}

export async function startForwardProxy(): Promise<ForwardProxy> {
  const sockets = new Set<Socket>();
  const answer = (incoming: IncomingMessage): { status: number; body: string } | undefined => {
    const { password, refuse } = proxy;
    if (refuse !== undefined) return refuse;
    const given = incoming.headers['proxy-authorization'];
    const wanted = password === undefined ? undefined : `Basic ${Buffer.from(password).toString('base64')}`;
    if (given === wanted) return undefined;
    return { status: 407, body: `<html>who are you? not ${String(given)}</html>` };
  };
  const server: Server = createServer((incoming, outgoing) => {
    proxy.requests.push(`${incoming.method} ${incoming.url}`);
    const refused = answer(incoming);
    if (refused === undefined) relay(incoming, outgoing);
    else outgoing.writeHead(refused.status, { 'content-type': 'text/html' }).end(refused.body);
  });
  server.on('connect', (incoming, socket: Socket, head) => {
    proxy.requests.push(`CONNECT ${incoming.url}`);
    socket.on('error', () => {});
    const refused = answer(incoming);
    if (refused !== undefined) {
      const { status, body } = refused;
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    const onward = connect(Number((incoming.url ?? '').split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: ForwardProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    password: undefined,
    refuse: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}

function relay(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const url = new URL(incoming.url ?? '');
  const { 'proxy-authorization': _, ...headers } = incoming.headers;
  const onward = request(
    {
      hostname: '127.0.0.1',
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method: incoming.method,
      headers,
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () =>
    outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>'),
  );
  incoming.pipe(onward);
}
