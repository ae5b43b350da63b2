/**
 * A private copy of a database that cannot be read in place without leaving files beside it: a killed
 * run's write-ahead log without its index, a read-only folder, a rollback journal that wants replaying.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IngestError } from '../domain/errors.js';
import { describeIoError } from '../platform/describe-io-error.js';
import { temporaryFolderError } from '../platform/temporary-folder-error.js';
import { readFileHead } from './read-file-head.js';

export interface DatabaseCopy {
  readonly file: string;
  /** Removes the copy and its folder. Idempotent. */
  remove(): void;
}

const ATTEMPTS = 20;

/**
 * Copies database, write-ahead log and rollback journal. Consistent although a writer may be at work: the
 * database is copied before its log, so every page that a checkpoint moves meanwhile is in the log too,
 * unless the log was begun anew; that shows in its header, and the copy is made again.
 * @throws IngestError E501 when a writer never left enough time
 */
export function copyDatabase(file: string): DatabaseCopy {
  const folder = inTemporaryFolder(() => mkdtempSync(join(tmpdir(), 'ingest-state-')));
  const copy = join(folder, 'ingest.db');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const before = generation(file);
      for (const suffix of ['', '-wal', '-journal']) copyIfThere(file + suffix, copy + suffix);
      if (before === generation(file)) return { file: copy, remove };
    }
  } catch (error) {
    remove();
    throw error;
  }
  remove();
  throw new IngestError('E501', `${file} changes too fast to be copied`, {
    kind: 'world',
    advice: 'A run is writing it. Run again when it has finished, or where the folder can be written.',
  });
}

/**
 * By hand: the log may go or shrink at any moment, when its writer ends (the next look at the generation
 * notices), and the system's file copy never returns from a file that became shorter meanwhile.
 */
function copyIfThere(from: string, to: string): void {
  rmSync(to, { force: true });
  let source: number;
  try {
    source = openSync(from, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const target = inTemporaryFolder(() => openSync(to, 'wx', 0o600));
    try {
      const buffer = Buffer.allocUnsafe(1 << 20);
      for (let read = readSync(source, buffer); read > 0; read = readSync(source, buffer)) {
        for (let sent = 0; sent < read; ) {
          const from = sent;
          sent += inTemporaryFolder(() => writeSync(target, buffer, from, read - from));
        }
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** What goes wrong with the copy must not be said of the state. */
function inTemporaryFolder<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw temporaryFolderError(describeIoError(error), error);
  }
}

/**
 * What changes whenever a log begins anew: the salts in its header; without a log the database's own change
 * counter. A checkpoint changes the database too, so with a log that one must not count.
 */
function generation(file: string): string {
  for (const log of [`${file}-wal`, `${file}-journal`]) {
    const head = readFileHead(log, 32);
    if (head !== undefined && head.length > 0) return `${log} ${head.toString('hex')}`;
  }
  return readFileHead(file, 100)?.toString('hex') ?? '';
}
