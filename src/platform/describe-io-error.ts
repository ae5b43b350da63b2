/** Words for what the operating system refused, without the absolute path that Node's own message holds. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'in use by another program',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk or the network failed',
  EISDIR: 'it is a folder',
  ELOOP: 'symbolic links that lead to themselves',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ESTALE: 'the network folder is gone',
};

/** The system's code of an error (`ENOENT`); undefined when it carries none. */
export function ioErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** E.g. `permission denied (EACCES)`. */
export function describeIoError(error: unknown): string {
  const code = ioErrorCode(error);
  if (code === undefined) return error instanceof Error ? error.message : 'unknown error';
  const words = WORDS[code];
  return words === undefined ? `the operating system answered ${code}` : `${words} (${code})`;
}
