/**
 * The landing store of one environment: `landing/<first 2 hex>/<sha256>.gz` below its state. A name is the hash of the
 * uncompressed bytes, so equal inputs lie there once, and whatever is read is checked against its name.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { IngestError } from '../domain/errors.js';
import { sha256Hex } from '../domain/hashing.js';
import type { LandedBytes, LandedFile, LandingFiles, LandingStore } from '../domain/ports/landing.js';
import { describeIoError, ioErrorCode } from '../platform/describe-io-error.js';
import { writeFileAtomic } from '../platform/write-file-atomic.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

const NAME = /^([0-9a-f]{64})\.gz$/;
const FOLDER = /^[0-9a-f]{2}$/;
/** No input is larger than a source reads: 100 MiB, and some for JSON. A damaged file may say anything. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * @param stateDir `<state>/<env>`. Nothing is made before something is kept.
 * @param write Whole or not at all, and durably.
 */
export function openLandingStore(
  stateDir: string,
  write: typeof writeFileAtomic = writeFileAtomic,
): LandingStore & LandingFiles {
  const root = join(stateDir, 'landing');
  const folderOf = (blob: string): string => join(root, blob.slice(0, 2));
  const fileOf = (blob: string): string => join(folderOf(blob), `${blob}.gz`);

  async function get(blob: string): Promise<LandedBytes> {
    const damaged = (why: string): LandedBytes => ({
      kind: 'damaged',
      message: `landed input ${blob.slice(0, 12)} ${why}`,
    });
    let stored: Buffer;
    try {
      stored = await readFile(fileOf(blob));
    } catch (error) {
      return damaged(
        ioErrorCode(error) === 'ENOENT'
          ? 'is not in the landing store'
          : `cannot be read: ${describeIoError(error)}`,
      );
    }
    try {
      const bytes = await unpack(stored, { maxOutputLength: MAX_BYTES });
      if (sha256Hex(bytes) === blob) return { kind: 'bytes', bytes };
      return damaged('was changed in the landing store: its bytes are not what its name says');
    } catch {
      return damaged('is torn or damaged in the landing store');
    }
  }

  async function put(bytes: Uint8Array): Promise<string> {
    const blob = sha256Hex(bytes);
    if ((await get(blob)).kind === 'bytes') return blob;
    const packed = await pack(bytes);
    try {
      mkdirSync(folderOf(blob), { recursive: true, mode: 0o700 });
      write(fileOf(blob), packed, { mode: 0o600 });
      return blob;
    } catch (error) {
      throw new IngestError('E509', `an input cannot be kept in ${root}: ${describeIoError(error)}`, {
        kind: 'world',
        advice:
          'Nothing of this document was written, and what was confirmed before is recorded. Make room or give permission, then run again; or set `landing: false` for its source.',
        cause: error,
      });
    }
  }

  function* files(): Generator<LandedFile> {
    for (const folder of namesIn(root)) {
      if (!FOLDER.test(folder)) continue;
      for (const name of namesIn(join(root, folder))) {
        const path = join(root, folder, name);
        const blob = NAME.exec(name)?.[1];
        // Of what is not ours nothing is said, and nothing is deleted.
        if (blob === undefined && !name.endsWith('.tmp')) continue;
        const found = statSync(path, { throwIfNoEntry: false });
        if (found?.isFile() === true) yield { blob, path, bytes: found.size };
      }
    }
  }

  return { put, get, files, delete: ({ path }) => rmSync(path, { force: true }) };
}

/** In order; none where the folder is not there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (ioErrorCode(error) === 'ENOENT') return [];
    throw new IngestError('E509', `${folder} cannot be listed: ${describeIoError(error)}`, {
      kind: 'world',
      advice: 'Give permission to read the folder, then run again.',
      cause: error,
    });
  }
}
