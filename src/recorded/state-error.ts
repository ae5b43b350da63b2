/** What SQLite and the file system say about the state file, in words and with advice. */
import { IngestError } from '../domain/errors.js';
import { sqliteCode } from '../platform/sqlite.js';

type Explanation = readonly [what: string, advice: string];

const RESTORE =
  'Keep the file as evidence, then restore a backup of the state folder; docs/how-to/recover.md says what else can be done.';

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  SQLITE_NOTADB: ['is not a SQLite database', RESTORE],
  SQLITE_CORRUPT: ['is damaged', RESTORE],
  SQLITE_FULL: ['cannot grow: the disk is full', 'Make room and run again; nothing of this step was kept.'],
  SQLITE_READONLY_DBMOVED: [
    'was deleted or moved while this run used it',
    'Put it back, with what lies beside it, or see docs/how-to/recover.md: what Chroma confirmed is in the index.',
  ],
  SQLITE_READONLY: ['may not be written', 'Check the permissions of the file and of its folder.'],
  SQLITE_CANTOPEN: ['cannot be opened', 'Check that the folder exists and its permissions.'],
  SQLITE_PERM: ['cannot be opened', 'Check the permissions of the file and of its folder.'],
  SQLITE_BUSY: [
    'is locked by another program',
    'Close what holds it (a database browser, a backup, a suspended ingest) and run again.',
  ],
  // The index beside the log is made at its full size, so that it is the first to find no room.
  SQLITE_IOERR_SHMSIZE: ['cannot grow: the disk is full', 'Make room and run again.'],
  SQLITE_IOERR: [
    'cannot be read or written',
    'Check the mount, and that the disk has room; the cause has the details.',
  ],
  ENOENT: ['vanished', 'Run again.'],
  EACCES: ['may not be read', 'Check the permissions of the file and of its folder.'],
  EPERM: ['may not be opened', 'Check the permissions of the file and of its folder.'],
  EISDIR: ['is a folder', 'Point --state at the folder that ingest wrote, or at a new one.'],
  ENOTDIR: ['lies below something that is not a folder', 'Point --state at a folder.'],
  EROFS: ['lies on a read-only file system', 'Point --state at a folder that can be written.'],
  ENOSPC: ['cannot grow: the disk is full', 'Make room and run again.'],
};

/** E501 for errors of SQLite and of the file system; any other error is returned as it is. */
export function stateError(error: unknown, file: string): unknown {
  const explanation = explain(error);
  if (explanation === undefined) return error;
  const [what, advice] = explanation;
  return new IngestError('E501', `the recorded state ${file} ${what}`, {
    kind: 'world',
    advice,
    cause: error,
  });
}

/** Whether the error, or what it was made of, is this SQLite code or an extension of it. */
export function causedBy(error: unknown, code: string): boolean {
  if (error instanceof IngestError) return causedBy(error.cause, code);
  const found = sqliteCode(error);
  return found !== undefined && (found === code || found.startsWith(`${code}_`));
}

function explain(error: unknown): Explanation | undefined {
  if (!(error instanceof Error) || error instanceof IngestError) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A constraint or misuse is a bug of ours, not a state of the file.
  const family = Object.keys(EXPLANATIONS).find((key) => code === key || code.startsWith(`${key}_`));
  return family === undefined ? undefined : EXPLANATIONS[family];
}
