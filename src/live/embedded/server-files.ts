/** Where an embedded Chroma keeps what, below `<state>/<env>`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ServerFiles {
  /** Chroma's own data. */
  readonly dataFolder: string;
  /** Held by the running server through SQLite, so the kernel frees it when the process dies. */
  readonly lockFile: string;
  /** How to reach the running server's control port; 0600, because of the token. */
  readonly infoFile: string;
  readonly markerFile: string;
  readonly logFile: string;
}

export function serverFiles(stateDir: string): ServerFiles {
  const dataFolder = join(stateDir, 'chroma');
  return {
    dataFolder,
    lockFile: join(dataFolder, 'ingest-server.lock'),
    infoFile: join(stateDir, 'chroma-server.json'),
    markerFile: join(dataFolder, 'ingest-marker.json'),
    logFile: join(stateDir, 'chroma-server.log'),
  };
}

/** Content of infoFile. It may outlive its server: only an answer at the control port counts. */
export interface ServerInfo {
  readonly format: 1;
  readonly server_id: string;
  readonly pid: number;
  /** Host name, for messages: a shared folder may be served from another machine or container. */
  readonly host: string;
  readonly control_port: number;
  readonly token: string;
}

/** Undefined when there is none, or none that this version understands. */
export function readServerInfo(infoFile: string): ServerInfo | undefined {
  try {
    const info = JSON.parse(readFileSync(infoFile, 'utf8')) as Partial<ServerInfo> | null;
    if (info === null || info.format !== 1) return undefined;
    const { server_id, pid, host, control_port, token } = info;
    if (typeof server_id !== 'string' || typeof token !== 'string' || typeof host !== 'string')
      return undefined;
    if (typeof pid !== 'number' || typeof control_port !== 'number') return undefined;
    return { format: 1, server_id, pid, host, control_port, token };
  } catch {
    return undefined;
  }
}
