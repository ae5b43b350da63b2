/** What a local model is, its files say. */
import type { Manifest } from '../../domain/manifest.js';
import type { StatCache } from '../../domain/ports/source.js';

export async function identifyModel(
  manifest: Manifest,
  statCache: () => Promise<StatCache>,
): Promise<Manifest> {
  const { embedding } = manifest;
  const { local } = embedding;
  if (local?.folder === undefined) return manifest;
  const { hashModelFiles } = await import('../../embedding/model-files.js');
  const files_sha256 = await hashModelFiles(local.folder, local.dtype, await statCache());
  return { ...manifest, embedding: { ...embedding, local: { ...local, files_sha256 } } };
}
