/** One request to the control port of an embedded server. */
import { connect, type Socket } from 'node:net';
import {
  type ControlOperation,
  type ControlReply,
  MAX_CONTROL_LINE,
  parseControlReply,
} from './control-protocol.js';
import type { ServerInfo } from './server-files.js';

export interface ControlCall {
  readonly reply: ControlReply;
  /** Still open; whoever called ends it. It does not keep the process alive. */
  readonly socket: Socket;
}

/**
 * `gone`: nobody listens there, or it is not the server the file describes (a port used again). `silent`:
 * somebody listens and did not answer in time.
 */
export function callControl(
  info: ServerInfo,
  operation: ControlOperation,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ControlCall | 'gone' | 'silent'> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = connect({ host: '127.0.0.1', port: info.control_port });
    let received = '';
    const settle = (result: ControlCall | 'gone' | 'silent'): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('data');
      if (typeof result === 'string') socket.destroy();
      else {
        // The server's end closes this side too; nothing more is ever said on it.
        socket.resume();
        socket.unref();
      }
      resolve(result);
    };
    const onAbort = (): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(signal.reason);
    };
    const timer = setTimeout(() => settle('silent'), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setEncoding('utf8');
    socket.setNoDelay(true);
    socket.on('connect', () => socket.write(`${JSON.stringify({ token: info.token, operation })}\n`));
    socket.on('error', () => settle('gone'));
    socket.on('close', () => settle('gone'));
    socket.on('data', (data: string) => {
      received += data;
      const end = received.indexOf('\n');
      if (end === -1) {
        if (received.length > MAX_CONTROL_LINE) settle('gone');
        return;
      }
      const reply = parseControlReply(received.slice(0, end));
      if (reply === undefined || (reply.ok && reply.server_id !== info.server_id)) settle('gone');
      else if (!reply.ok && reply.reason === 'token') settle('gone');
      else settle({ reply, socket });
    });
  });
}
