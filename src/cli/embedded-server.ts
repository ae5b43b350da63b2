/** What `ingest server` does to the embedded Chroma of one environment. */
import { IngestError } from '../domain/errors.js';
import type { Session } from './session/session.js';
import { userCacheDir } from './session/user-cache-dir.js';

export async function startServer(session: Session) {
  const stateDir = await embeddedStateDir(session);
  const { startEmbedded } = await import('../live/start-embedded.js');
  const { env, clock, signal, onProgress } = session.options;
  return startEmbedded({
    stateDir,
    cacheDir: userCacheDir(),
    env,
    clock,
    signal,
    onNote: (message) => onProgress({ type: 'note', message }),
  });
}

export async function stopServer(session: Session) {
  const stateDir = await embeddedStateDir(session);
  const { stopServer: stop } = await import('../live/embedded/control.js');
  const { clock, signal } = session.options;
  return stop(stateDir, { clock, signal });
}

export async function serverStatus(session: Session) {
  const stateDir = await embeddedStateDir(session);
  const { serverStatus: look } = await import('../live/embedded/control.js');
  return look(stateDir, session.options.signal);
}

/** `<state>/<env>`. @throws IngestError E606 when no manifest of the environment has an embedded Chroma */
async function embeddedStateDir(session: Session): Promise<string> {
  const desired = await session.loadDesired({ inputs: false });
  if (desired.manifests.some((manifest) => manifest.target.kind === 'embedded')) {
    return session.stateDir(desired.environment);
  }
  throw new IngestError('E606', `no index of ${desired.environment} lives in the embedded Chroma`, {
    kind: 'input',
    advice: 'Only `chroma: embedded` is served by ingest; a remote Chroma is started where it runs.',
  });
}
