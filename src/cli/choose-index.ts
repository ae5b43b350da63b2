/** Which declared index a query asks. */
import { IngestError } from '../domain/errors.js';
import type { DesiredState, Manifest } from '../domain/manifest.js';

export function chooseIndex(desired: DesiredState, wanted: string | undefined, text: string): Manifest {
  if (text.trim() === '') {
    throw new IngestError('E608', 'the text to look for is empty', {
      kind: 'input',
      advice: 'Give some words.',
    });
  }
  return chooseManifest(desired, wanted);
}

/** @throws IngestError E606 when several are loaded and none is named */
export function chooseManifest(desired: DesiredState, wanted: string | undefined): Manifest {
  const ids = desired.manifests.map((manifest) => manifest.manifest_id).join(', ');
  const found =
    wanted === undefined && desired.manifests.length === 1
      ? desired.manifests[0]
      : desired.manifests.find((manifest) => manifest.manifest_id === wanted);
  if (found !== undefined) return found;
  const what =
    wanted === undefined ? 'several indexes are declared' : `no index "${wanted}" in ${desired.environment}`;
  throw new IngestError('E606', `${what}: ${ids}`, { kind: 'input', advice: 'Name one with --index.' });
}
