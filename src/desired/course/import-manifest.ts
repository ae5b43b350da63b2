/** `ingest import-manifest`: reads, maps, looks at the files, and gives the text that is to be written. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { IngestError } from '../../domain/errors.js';
import type { ImportReport } from '../../domain/imported.js';
import { writeFileAtomic } from '../../platform/write-file-atomic.js';
import { sourceTypes } from '../source-types.js';
import { lookAtAssets } from './look-at-assets.js';
import type { Place } from './map-assets.js';
import { mapSourceManifest } from './map-source-manifest.js';
import { readSourceManifest } from './read-source-manifest.js';
import { writeImported } from './write-imported.js';

export interface ImportRequest {
  readonly file: string;
  /** Where the new manifest is to lie; undefined: it is printed, as if it lay beside theirs. */
  readonly out: string | undefined;
  /** Write over another text that is there. */
  readonly force: boolean;
  readonly cwd: string;
}

export interface ImportAnswer {
  readonly text: string;
  readonly report: ImportReport;
}

/** @throws ManifestFaults with every fault of theirs; IngestError E606 when something else is there, E701 */
export async function importManifest({ file, out, force, cwd }: ImportRequest): Promise<ImportAnswer> {
  const absolute = path.resolve(cwd, file);
  const folder = path.dirname(absolute);
  const target = out === undefined ? undefined : path.resolve(cwd, out);
  const to = target === undefined ? folder : path.dirname(target);
  const course = await readSourceManifest(absolute, file);
  const mapped = mapSourceManifest(course, {
    supported: await sourceTypes(),
    placeOf: (given) => placeOf(given, folder, to),
  });
  const assets = await lookAtAssets(mapped.assets, folder);
  const text = writeImported(course, mapped, assets);
  if (target !== undefined && out !== undefined) await write(target, out, text, force);
  const wrong = assets.some(({ status }) => status !== 'ok');
  const { manifestId: manifest_id, fields, added } = mapped;
  return {
    text,
    report: {
      type: 'import',
      outcome: wrong ? 'partial' : 'imported',
      manifest_id,
      imported_from: course.manifest_id,
      written: out ?? null,
      fields,
      added,
      assets,
    },
  };
}

const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\//i;

function placeOf(given: string, folder: string, to: string): Place | undefined {
  if (ADDRESS.test(given)) return undefined;
  const absolute = path.resolve(folder, given);
  // Another drive has no relative path.
  const relative = (one: string): string => {
    const found = path.relative(to, one).split(path.sep).join('/');
    return found === '' ? '.' : found;
  };
  return {
    root: relative(path.dirname(absolute)),
    path: relative(absolute),
    name: path.basename(absolute),
  };
}

async function write(target: string, shown: string, text: string, force: boolean): Promise<void> {
  const there = await readFile(target, 'utf8').catch(() => undefined);
  if (there === text) return;
  if (there !== undefined && !force) {
    throw new IngestError('E606', `${shown} is there already, with another text`, {
      kind: 'input',
      advice: 'Nothing was written. Give another --out, or --force if nobody edited it.',
    });
  }
  try {
    writeFileAtomic(target, text, { mode: 0o644 });
  } catch (cause) {
    throw new IngestError('E701', `${shown} cannot be written`, {
      kind: 'world',
      advice: 'Make the folder, or make it writable.',
      cause,
    });
  }
}
