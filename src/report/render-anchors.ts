/** The anchors of a line in a log, as `key=value`, so that lines of many runs can be told apart and joined. */
import { safe } from './escape.js';

/** With two spaces in front; what is not known is left out. */
export function renderAnchors(anchors: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(anchors)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `  ${key}=${safe(value ?? '')}`)
    .join('');
}
