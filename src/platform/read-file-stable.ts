/**
 * Reads a file as it was at one moment: its stat is taken before and after, and a file that changed in
 * between is read once more. The bytes of a file beyond the limit are hashed, not kept.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { describeIoError } from './describe-io-error.js';

export type StableRead =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** `sha256`: hex, of the raw bytes. `size` in bytes. */
  | { readonly kind: 'too-large'; readonly sha256: string; readonly size: number }
  | { readonly kind: 'unreadable'; readonly message: string };

/** The part of a file handle that reading needs. */
export type OpenFile = (path: string) => Promise<Pick<FileHandle, 'stat' | 'read' | 'close'>>;

const PIECE = 1024 * 1024;

/** @param maxBytes largest size that is kept in memory. Never throws for what the operating system answers. */
export async function readFileStable(
  path: string,
  maxBytes: number,
  openFile: OpenFile = openForReading,
): Promise<StableRead> {
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      const result = await readOnce(path, maxBytes, openFile);
      if (result !== 'changed') return result;
    }
    return { kind: 'unreadable', message: 'it kept changing while it was read' };
  } catch (error) {
    return { kind: 'unreadable', message: describeIoError(error) };
  }
}

/**
 * NONBLOCK: a pipe that took the file's place must not hang the run. NOFOLLOW: links are resolved by the
 * caller, who decides where they may lead. Windows has neither (undefined counts as 0).
 */
export async function openForReading(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

async function readOnce(path: string, maxBytes: number, openFile: OpenFile): Promise<StableRead | 'changed'> {
  const file = await openFile(path);
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) return { kind: 'unreadable', message: 'it is no longer a file' };
    const size = Number(before.size);
    const keep = size <= maxBytes;
    const bytes = Buffer.allocUnsafe(keep ? size : PIECE);
    const hash = createHash('sha256');
    let done = 0;
    while (done < size) {
      const at = keep ? done : 0;
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, size - done, bytes.length - at), done);
      if (bytesRead === 0) return 'changed';
      if (!keep) hash.update(bytes.subarray(0, bytesRead));
      done += bytesRead;
    }
    const after = await file.stat({ bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) return 'changed';
    return keep ? { kind: 'bytes', bytes } : { kind: 'too-large', sha256: hash.digest('hex'), size };
  } finally {
    await file.close();
  }
}
