/** Removes the temporary folder of a smoke run, once nothing runs in it any more. */
import { existsSync, rmSync } from 'node:fs';
import { IngestError } from '../../domain/errors.js';
import type { DesiredState } from '../../domain/manifest.js';
import type { Session } from '../session/session.js';

/** `session`: over the state in this folder. @throws IngestError E703 when something stays */
export async function removeFolder(
  folder: string,
  desired: DesiredState | undefined,
  session: Session,
): Promise<void> {
  if (desired?.manifests.some(({ target }) => target.kind === 'embedded') === true) {
    const { stopServer } = await import('../../live/embedded/control.js');
    const { clock } = session.options;
    // Also after Ctrl-C.
    await stopServer(session.stateDir(desired.environment), { clock, signal: new AbortController().signal });
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  if (!existsSync(folder)) return;
  throw new IngestError('E703', `the temporary folder ${folder} cannot be removed`, {
    kind: 'world',
    advice: 'Something still uses it. Remove it by hand.',
  });
}
