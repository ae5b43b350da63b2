/** What is wrong with the system's temporary folder, where plans and copies of the state are kept while they are used. */
import { IngestError } from '../domain/errors.js';

export function temporaryFolderError(why: string, cause: unknown): IngestError {
  return new IngestError('E703', `the temporary folder cannot be used: ${why}`, {
    kind: 'world',
    advice: 'Make room in it, or set TMPDIR to a folder that exists and has room; then run again.',
    cause,
  });
}
