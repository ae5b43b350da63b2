/**
 * What client and server child say to each other: one JSON line each way over 127.0.0.1. A connection
 * that joined stays open, and the server lives while there is one.
 */

/** `join` is answered when Chroma serves; `daemon` keeps the server without clients; `stop` ends that. */
export type ControlOperation = 'join' | 'status' | 'daemon' | 'stop';

export interface ControlRequest {
  readonly token: string;
  readonly operation: ControlOperation;
}

export interface ControlStatus {
  readonly ok: true;
  readonly server_id: string;
  readonly pid: number;
  /** Chroma's own port; 0 while it is starting. */
  readonly port: number;
  /** E.g. `binding 1.0.5`. */
  readonly version: string;
  /** Joined connections. */
  readonly clients: number;
  readonly daemon: boolean;
}

/** `stopping`: try again, a new one can be started soon. `failed`: this one will never serve. */
export interface ControlRefusal {
  readonly ok: false;
  readonly reason: 'token' | 'stopping' | 'failed';
  readonly message: string;
}

export type ControlReply = ControlStatus | ControlRefusal;

/** Longest line either side accepts, in characters. */
export const MAX_CONTROL_LINE = 10_000;

export function parseControlRequest(line: string): ControlRequest | undefined {
  const value = parseObject(line);
  if (typeof value?.['token'] !== 'string') return undefined;
  const operation = value['operation'];
  if (operation !== 'join' && operation !== 'status' && operation !== 'daemon' && operation !== 'stop') {
    return undefined;
  }
  return { token: value['token'], operation };
}

export function parseControlReply(line: string): ControlReply | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  if (value['ok'] === false) return value as unknown as ControlRefusal;
  const complete =
    value['ok'] === true &&
    typeof value['server_id'] === 'string' &&
    typeof value['pid'] === 'number' &&
    typeof value['port'] === 'number' &&
    typeof value['version'] === 'string' &&
    typeof value['clients'] === 'number' &&
    typeof value['daemon'] === 'boolean';
  return complete ? (value as unknown as ControlStatus) : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
