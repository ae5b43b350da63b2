/** The server child's control port: counts who uses the server, and says when nobody does. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import {
  type ControlRefusal,
  type ControlStatus,
  MAX_CONTROL_LINE,
  parseControlRequest,
} from './control-protocol.js';

export interface ControlServerOptions {
  readonly serverId: string;
  readonly version: string;
  readonly daemon: boolean;
  readonly graceMs: number;
  /** Called once, when the server is to stop. Joining is refused from then on. */
  readonly onUnused: () => void;
}

export class ControlServer {
  readonly token = randomBytes(24).toString('hex');
  readonly #options: ControlServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #joined = new Set<Socket>();
  /** Joined before Chroma served; answered when it does. */
  #waiting: Socket[] = [];
  #port = 0;
  #daemon: boolean;
  #graceMs: number;
  #refusal: ControlRefusal | undefined;
  #grace: NodeJS.Timeout | undefined;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#daemon = options.daemon;
    this.#graceMs = options.graceMs;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Returns the control port, on 127.0.0.1 only. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: '127.0.0.1', port: 0 }, () => {
        const address = this.#server.address();
        if (address === null || typeof address === 'string') reject(new Error('no control port'));
        else resolve(address.port);
      });
    });
  }

  /** Chroma serves at this port: answers whoever waits. */
  serving(port: number): void {
    this.#port = port;
    for (const socket of this.#waiting) this.#say(socket, this.#status());
    this.#waiting = [];
    this.#consider();
  }

  /** Chroma will not serve, or no longer: tells whoever waits and accepts nobody. */
  refuse(refusal: ControlRefusal): void {
    this.#refusal = refusal;
    clearTimeout(this.#grace);
    for (const socket of this.#waiting) this.#say(socket, refusal);
    this.#waiting = [];
  }

  close(): void {
    clearTimeout(this.#grace);
    this.#server.close();
    for (const socket of this.#sockets) socket.end();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setEncoding('utf8');
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#waiting = this.#waiting.filter((other) => other !== socket);
      if (this.#joined.delete(socket)) this.#consider();
    });
    let received = '';
    const onData = (data: string): void => {
      received += data;
      const end = received.indexOf('\n');
      if (end === -1) {
        if (received.length > MAX_CONTROL_LINE) socket.destroy();
        return;
      }
      socket.off('data', onData);
      socket.resume();
      this.#answer(socket, received.slice(0, end));
    };
    socket.on('data', onData);
  }

  #answer(socket: Socket, line: string): void {
    const request = parseControlRequest(line);
    if (request === undefined || !sameToken(request.token, this.token)) {
      this.#say(socket, { ok: false, reason: 'token', message: 'wrong token' });
      socket.end();
      return;
    }
    if (this.#refusal !== undefined) {
      this.#say(socket, this.#refusal);
      return;
    }
    if (request.operation === 'join') {
      this.#joined.add(socket);
      clearTimeout(this.#grace);
    }
    if (request.operation === 'daemon') {
      this.#daemon = true;
      this.#graceMs = this.#options.graceMs;
      clearTimeout(this.#grace);
    }
    if (request.operation === 'stop') {
      this.#daemon = false;
      this.#graceMs = 0;
    }
    if (request.operation === 'join' && this.#port === 0) this.#waiting.push(socket);
    else this.#say(socket, this.#status());
    if (request.operation === 'stop') this.#consider();
  }

  /** Nobody uses it: stops after the grace, in which the next command of a script may join. */
  #consider(): void {
    clearTimeout(this.#grace);
    if (this.#daemon || this.#joined.size > 0 || this.#port === 0 || this.#refusal !== undefined) return;
    this.#grace = setTimeout(() => {
      this.refuse({ ok: false, reason: 'stopping', message: 'the server is stopping' });
      this.#options.onUnused();
    }, this.#graceMs);
  }

  #status(): ControlStatus {
    const { serverId, version } = this.#options;
    return {
      ok: true,
      server_id: serverId,
      pid: process.pid,
      port: this.#port,
      version,
      clients: this.#joined.size,
      daemon: this.#daemon,
    };
  }

  #say(socket: Socket, reply: ControlStatus | ControlRefusal): void {
    if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
  }
}

function sameToken(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
