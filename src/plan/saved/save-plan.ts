/** Writes a plan to a file, streaming, all or nothing; gzipped when its name ends in .gz. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { IngestError } from '../../domain/errors.js';

/** `pid` makes the temporary name our own. @throws IngestError E602 when it cannot be written */
export async function savePlan(file: string, text: Iterable<string>, pid: number): Promise<void> {
  const target = resolve(file);
  const temporary = `${target}.${pid}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const out = createWriteStream(temporary, { mode: 0o600, flush: true });
    const lines = Readable.from(withNewlines(text));
    if (file.endsWith('.gz')) await pipeline(lines, createGzip(), out);
    else await pipeline(lines, out);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new IngestError('E602', `the plan cannot be written to ${file}`, {
      kind: 'world',
      advice: 'Check that the folder can be written and that the disk is not full.',
      cause: error,
    });
  }
}

function* withNewlines(text: Iterable<string>): Generator<string> {
  for (const line of text) yield `${line}\n`;
}
