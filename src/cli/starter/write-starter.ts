import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { IngestError } from '../../domain/errors.js';
import type { StarterFile } from './starter-files.js';

/** All of them or none. @throws IngestError E606 when one is there already, E115 when it cannot be written */
export function writeStarter(folder: string, files: readonly StarterFile[]): string[] {
  const there = files.find(({ path }) => existsSync(join(folder, path)));
  if (there !== undefined) {
    throw new IngestError('E606', `${there.path} is there already`, {
      kind: 'input',
      advice: 'Nothing was written. Give another --id, or edit that file.',
    });
  }
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      // Not over a file that appeared just now.
      writeFileSync(join(folder, path), text, { flag: 'wx' });
    }
  } catch (cause) {
    throw new IngestError('E115', 'the starter files cannot be written here', {
      kind: 'world',
      advice: 'Make the folder writable, or run this where the project is.',
      cause,
    });
  }
  return files.map(({ path }) => path);
}
