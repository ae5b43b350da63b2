/**
 * Files and folders -> manifest files. A folder is searched with its subfolders (a manifest that is silently
 * not seen would read as removed), but not in hidden folders and node_modules, and not through links to folders.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { IngestError } from '../domain/errors.js';
import { compareUtf8 } from '../domain/text.js';

export interface ManifestFile {
  readonly absolute: string;
  /** Relative to cwd where it lies inside it; forward slashes. */
  readonly shown: string;
}

/** In order of what is shown; each file once. @throws IngestError E104, E115 */
export async function findManifestFiles(
  paths: readonly string[],
  cwd: string,
): Promise<readonly ManifestFile[]> {
  const found = new Map<string, ManifestFile>();
  const missing: string[] = [];
  for (const given of paths) {
    const absolute = path.resolve(cwd, given);
    let files: readonly string[];
    try {
      files = (await stat(absolute)).isDirectory() ? await filesBelow(absolute) : [absolute];
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(showPath(absolute, cwd), error);
      missing.push(showPath(absolute, cwd));
      continue;
    }
    for (const file of files) {
      const real = await realpath(file).catch(() => file);
      const known = found.get(real);
      const shown = showPath(file, cwd);
      if (!known || compareUtf8(shown, known.shown) < 0) found.set(real, { absolute: file, shown });
    }
  }
  if (missing.length > 0) {
    throw new IngestError('E104', `no manifest found: ${missing.join(', ')} does not exist`, {
      kind: 'input',
      advice:
        'Name a manifest or a folder of manifests with --file. The smallest useful one has nine lines: see "Your own manifest" in the README.',
    });
  }
  return [...found.values()].sort((a, b) => compareUtf8(a.shown, b.shown));
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const absolute = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules')
        found.push(...(await filesBelow(absolute)));
    } else if (/\.ya?ml$/i.test(entry.name) && !entry.name.startsWith('.')) {
      const isFile = entry.isFile() || (entry.isSymbolicLink() && !(await isFolder(absolute)));
      if (isFile) found.push(absolute);
    }
  }
  return found;
}

/** A link to nothing is no folder: reading it will report it. */
async function isFolder(absolute: string): Promise<boolean> {
  return stat(absolute).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function unreadable(shown: string, cause: unknown): IngestError {
  return new IngestError('E115', `${shown} cannot be read: ${(cause as Error).message}`, {
    kind: 'world',
    advice: 'Check the permissions of the folder.',
    cause,
  });
}

function showPath(absolute: string, cwd: string): string {
  const relative = path.relative(cwd, absolute);
  const outside =
    relative === '' || relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return (outside ? absolute : relative).replaceAll(path.sep, '/');
}
