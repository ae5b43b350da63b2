/** Writes a plan to a file, streaming, all or nothing; gzipped when its name ends in .gz. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { IngestError } from '../../domain/errors.js';
import { describeIoError } from '../../platform/describe-io-error.js';

/** @throws IngestError E602 when it cannot be written; then an older file of that name stands as it was */
export async function savePlan(file: string, text: Iterable<string>): Promise<void> {
  const target = resolve(file);
  // In a shared folder a name that can be foreseen may be somebody's link to another file: hence also wx.
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(target), { recursive: true });
    const out = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
    const lines = Readable.from(withNewlines(text));
    if (file.endsWith('.gz')) await pipeline(lines, createGzip(), out);
    else await pipeline(lines, out);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof IngestError) throw error;
    throw new IngestError('E602', `the plan cannot be written to ${file}: ${describeIoError(error)}`, {
      kind: 'world',
      advice: 'Check that the folder can be written and that the disk is not full.',
      cause: error,
    });
  }
}

function* withNewlines(text: Iterable<string>): Generator<string> {
  for (const line of text) yield `${line}\n`;
}
