/** How a target is shown and recorded before anything is connected; the same words as when it is. */
import { IngestError } from '../domain/errors.js';
import type { Target } from '../domain/manifest.js';
import { serverFiles } from './embedded/server-files.js';

export interface TargetDescription {
  /** For people; no credentials. */
  readonly description: string;
  /** LiveDatabase.targetId. */
  readonly targetId: string;
}

export function describeTarget(target: Target, stateDir: string): TargetDescription {
  if (target.kind === 'embedded') {
    const shown = serverFiles(stateDir).dataFolder.replaceAll('\\', '/');
    return { description: `embedded Chroma (${shown})`, targetId: 'embedded' };
  }
  const url = withoutCredentials(target.url);
  return { description: url, targetId: `${url}#${target.tenant}/${target.database}` };
}

/** The manifest's url should hold none; whatever happens, none is printed or recorded. */
export function withoutCredentials(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new IngestError('E401', 'the url of Chroma is not a url', {
      kind: 'input',
      advice: 'It looks like https://chroma.example.com:8000, or is the word "embedded".',
      cause,
    });
  }
  parsed.username = '';
  parsed.password = '';
  return parsed.href.replace(/(?<!\/)\/+$/, '');
}
