/** The environment whose embedded Chroma is meant. */
import { IngestError } from '../domain/errors.js';
import type { Session } from './session.js';

/** @returns `<state>/<env>` @throws IngestError E606 when no manifest of the environment has an embedded Chroma */
export async function embeddedStateDir(session: Session): Promise<string> {
  const desired = await session.loadDesired();
  if (desired.manifests.some((manifest) => manifest.target.kind === 'embedded')) {
    return session.stateDir(desired.environment);
  }
  throw new IngestError('E606', `no index of ${desired.environment} lives in the embedded Chroma`, {
    kind: 'input',
    advice: 'Only `chroma: embedded` is served by ingest; a remote Chroma is started where it runs.',
  });
}
