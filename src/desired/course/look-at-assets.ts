/** Opens what an imported manifest names: a checksum that nobody compares proves nothing. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { AssetStatus, ImportedAsset } from '../../domain/imported.js';
import type { MappedAsset } from './map-assets.js';
import type { CourseAsset } from './source-manifest.js';

/** `folder`: the one of their manifest, which paths are relative to. */
export async function lookAtAssets(assets: readonly MappedAsset[], folder: string): Promise<ImportedAsset[]> {
  const found: ImportedAsset[] = [];
  for (const { asset, files, problem, sources } of assets) {
    const ids = sources.map(({ id }) => String(id));
    const about = { source_id: asset.source_id, path: asset.source_url_or_path, sources: ids };
    if (problem !== undefined) {
      found.push({ ...about, status: 'not_imported', detail: problem });
      continue;
    }
    let seen: Seen = { status: 'ok', detail: null };
    for (const file of files) {
      // Their checksum and size are those of the asset itself, not of what is read in its place.
      const declared = file === asset.source_url_or_path ? asset : undefined;
      seen = await look(path.resolve(folder, file), file, declared);
      if (seen.status !== 'ok') break;
    }
    found.push({ ...about, ...seen });
  }
  return found;
}

interface Seen {
  readonly status: AssetStatus;
  readonly detail: string | null;
}

async function look(absolute: string, shown: string, declared: CourseAsset | undefined): Promise<Seen> {
  try {
    const found = await stat(absolute);
    if (!found.isFile()) return { status: 'no_file', detail: `${shown} is no file` };
    const size = declared?.size_bytes;
    if (size != null && size !== found.size) {
      return { status: 'size_mismatch', detail: `${shown} has ${found.size} bytes, declared are ${size}` };
    }
    const checksum = declared?.checksum_sha256;
    if (checksum == null) return { status: 'ok', detail: null };
    const actual = await sha256(absolute);
    if (actual === checksum) return { status: 'ok', detail: null };
    const detail = `${shown} is ${actual.slice(0, 8)}, declared is ${checksum.slice(0, 8)}`;
    return { status: 'checksum_mismatch', detail };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { status: 'missing', detail: `${shown} does not exist` };
    return { status: 'unreadable', detail: `${shown} cannot be read: ${code}` };
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}
