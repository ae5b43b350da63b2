/** Whether the file system holds a file for a uri, in whatever Unicode form its names are spelled there. */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioErrorCode } from '../../platform/describe-io-error.js';

/**
 * True also when it cannot be told (no permission, the root is not there): unknown is not gone.
 * @param path below the root, NFC, forward slashes
 */
export async function inputExists(root: string, path: string): Promise<boolean> {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return false;
  const direct = await look(join(root, path));
  if (direct !== 'absent') return direct === 'input';
  if (!(await isFolder(root))) return true;
  return isAscii(path) ? false : findByNormalForm(root, segments);
}

async function findByNormalForm(folder: string, segments: readonly string[]): Promise<boolean> {
  const [wanted, ...rest] = segments;
  if (wanted === undefined) return (await look(folder)) === 'input';
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    return !saysAbsent(error);
  }
  for (const name of names) {
    if (name.normalize('NFC') === wanted && (await findByNormalForm(join(folder, name), rest))) return true;
  }
  return false;
}

/** Anything but a folder is an input: a pipe or a broken link is listed as one that cannot be used. */
async function look(path: string): Promise<'input' | 'folder' | 'absent'> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'input';
  } catch (error) {
    return saysAbsent(error) ? 'absent' : 'input';
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function saysAbsent(error: unknown): boolean {
  const code = ioErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
