/** From what another tool noted of where a record comes from to the uri that the document has here. */
import { documentUri } from '../domain/identity.js';

export interface UriMapping {
  readonly sourceId: string;
  /** Prefixes of paths; the longest that fits is taken away. */
  readonly strip: readonly string[];
}

/** Undefined: no path below the source. */
export function mapUri(value: string, { sourceId, strip }: UriMapping): string | undefined {
  const path = forward(value);
  const [prefix = ''] = strip
    .map(forward)
    .filter((one) => leads(one, path))
    .sort((a, b) => b.length - a.length);
  const segments = path
    .slice(prefix.length)
    .replace(prefix === '' ? '' : /^\/+/, '')
    .split('/')
    .filter((segment, i) => segment !== '.' && (segment !== '' || i === 0));
  const outside =
    segments[0] === '' || segments.includes('..') || /^[a-z][a-z0-9+.-]*:$/i.test(segments[0] ?? '');
  return segments.length === 0 || outside ? undefined : documentUri(sourceId, segments.join('/'));
}

/** A whole number of folders: `/app/docs` leads to `/app/docs/a.md`, not to `/app/docs-old/a.md`. */
function leads(prefix: string, path: string): boolean {
  if (prefix === '' || !path.startsWith(prefix)) return false;
  return prefix.endsWith('/') || path[prefix.length] === '/';
}

/** As paths are compared: two forms of one letter are one, and Windows' separators are the others'. */
function forward(text: string): string {
  return text.normalize('NFC').replaceAll('\\', '/');
}
