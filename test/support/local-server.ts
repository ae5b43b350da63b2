/** A server of HTTP for one test: where it listens, how it ends, and how it goes wrong. */
import type { Server, ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

/** At a free port of the loopback interface; resolves to its url. */
export async function listenLocally(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Cuts what is still open. */
export async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** `hang`: no answer ever comes. `cut`: the connection is closed in the middle of one. */
export type Breakdown = 'hang' | 'cut';

export function breaksDown<T>(fault: T | Breakdown, response: ServerResponse): fault is Breakdown {
  if (fault !== 'hang' && fault !== 'cut') return false;
  if (fault === 'cut') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('<');
    setImmediate(() => response.destroy());
  }
  return true;
}

/** For what must be told its port before it listens. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host, port: 0 }, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
