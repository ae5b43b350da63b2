/** The first bytes of a file, for looking at a database's header without opening the database. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Up to `length` bytes; undefined when the file does not exist. @throws other errors of the file system */
export function readFileHead(file: string, length: number): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(fd, head, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}
