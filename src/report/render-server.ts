import { safe } from './escape.js';
import { labelled } from './flow-items.js';
import { plural } from './layout.js';
import type { Style } from './style.js';

/** The embedded Chroma of one environment, as `server status` tells it. */
export interface ServerView {
  readonly running: boolean;
  readonly pid: number | null;
  readonly port: number | null;
  readonly url: string | null;
  readonly version: string | null;
  readonly clients: number | null;
  /** Stays when its last client leaves. */
  readonly daemon: boolean;
  readonly dataFolder: string;
  readonly logFile: string | null;
}

export function* renderServer(
  server: ServerView,
  options: { readonly style: Style; readonly width: number },
): Generator<string> {
  const { style, width } = options;
  yield* labelled('data', [safe(server.dataFolder)], width);
  if (server.logFile !== null) yield* labelled('log', [safe(server.logFile)], width);
  if (!server.running) {
    yield style.bold('Not running: it is started when a command needs it.');
    return;
  }
  const facts: string[] = [];
  if (server.pid !== null) facts.push(`pid ${server.pid}`);
  if (server.version !== null) facts.push(`Chroma ${safe(server.version)}`);
  if (server.clients !== null) facts.push(plural(server.clients, 'client'));
  facts.push(server.daemon ? 'stays until ingest server stop' : 'stops after its last client');
  yield* labelled('process', facts, width);
  const where = server.url ?? (server.port === null ? 'an unknown port' : `port ${server.port}`);
  yield style.bold(`Running at ${safe(where)}`);
}
