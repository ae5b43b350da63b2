/** What a state is rebuilt from. */
import type { RebuildPorts } from '../../pipeline.js';
import type { Session } from './session.js';

export async function rebuildPorts(
  session: Session,
  environment: string,
  takesOver?: string,
): Promise<RebuildPorts> {
  const { describeProvider } = await import('../../embedding/create-provider.js');
  const { deducePins } = await import('./deduce-pins.js');
  const { signal, onProgress } = session.options;
  return {
    signal,
    takesOver,
    onProgress,
    database: (manifest) => session.database(environment, manifest, 'read'),
    fingerprint: (manifest) => describeProvider(manifest.embedding).fingerprint,
    pins: deducePins,
  };
}
