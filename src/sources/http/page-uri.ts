/** Urls and the uris of their pages. Pure. */

/** Absolute, http or https, without fragment; undefined for anything else, and where it holds credentials. */
export function readPageUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  return url;
}

/** `docs.example.com/guide/intro?lang=en`: without the scheme, so that https changes nobody's identity. */
export function pagePath(url: URL): string {
  return `${url.host}${readable(url.pathname)}${url.search}`;
}

/** What globs match: the path without its first slash, as people write it. */
export function globPath(url: URL): string {
  return readable(url.pathname).slice(1).normalize('NFC');
}

/** Escapes that stand for text as text; what would change the meaning of the path stays escaped. */
function readable(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
