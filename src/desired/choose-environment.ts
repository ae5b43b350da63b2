/** `--env NAME`; implied when all manifests declare one and the same environment and no other. */
import { IngestError } from '../domain/errors.js';
import { suggestName } from './suggest.js';

export interface Declares {
  readonly environments: readonly string[];
}

/** @throws IngestError E105 when one must be said, E106 when no manifest has it. */
export function chooseEnvironment(asked: string | undefined, manifests: readonly Declares[]): string {
  const known = environmentNames(manifests);
  if (asked !== undefined) {
    if (known.includes(asked)) return asked;
    throw new IngestError('E106', `unknown environment "${asked}": no manifest declares it`, {
      kind: 'input',
      advice: `${capital(suggestName(asked, known))}${known.length > 0 ? '' : '.'}`,
    });
  }
  const [only] = known;
  if (only !== undefined && known.length === 1) return only;
  throw new IngestError('E105', `an environment must be chosen: ${known.join(', ')}`, {
    kind: 'input',
    advice: `Say which: ${known.map((name) => `--env ${name}`).join(' or ')} (or set INGEST_ENV).`,
  });
}

export function environmentNames(manifests: readonly Declares[]): readonly string[] {
  return [...new Set(manifests.flatMap(({ environments }) => environments))].sort();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
