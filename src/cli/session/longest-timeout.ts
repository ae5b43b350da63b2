import { DEFAULT_CONNECTION } from '../../domain/connection.js';
import type { Manifest } from '../../domain/manifest.js';

/** How long a write of this run may still land, whichever of its servers it went to. */
export function longestTimeout(manifests: readonly Manifest[]): number {
  const said = manifests.map(({ target }) => (target.kind === 'remote' ? target.connection.timeout_ms : 0));
  return Math.max(DEFAULT_CONNECTION.timeout_ms, ...said);
}
