/** `ingest server start`: the embedded server as a daemon, with the program resolved as connecting does. */
import type { Clock } from '../domain/ports/clock.js';
import { defaultServerEntry } from './connect.js';
import { type ServerStatus, startServer } from './embedded/control.js';
import { resolveProgram } from './embedded/resolve-binding.js';

export interface StartEmbeddedOptions {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onNote: (message: string) => void;
}

/** @throws IngestError E404 when no Chroma can run here, E405 when it does not start */
export function startEmbedded(options: StartEmbeddedOptions): Promise<ServerStatus> {
  const entry = defaultServerEntry();
  return startServer({
    stateDir: options.stateDir,
    entry,
    program: () => resolveProgram({ ...options, entry }),
    clock: options.clock,
    signal: options.signal,
  });
}
