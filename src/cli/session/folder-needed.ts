/** Of a command that records something, with --state live. */
import { IngestError } from '../../domain/errors.js';

/** @throws IngestError E610 */
export function folderNeeded(command: string): IngestError {
  return new IngestError('E610', `${command} needs a folder for the recorded state, and --state is live`, {
    kind: 'input',
    advice:
      'Give the folder that holds the state, for example --state state. If there is none any more: ingest state rebuild makes one from live.',
  });
}
