/** An environment's `chroma` -> where the index lives. Credentials in an interpolated URL become a header. */
import type { Target } from '../domain/manifest.js';
import { Secret } from '../domain/secret.js';
import { DEFAULTS } from './defaults.js';
import { hasReference, lazySecret, type Variables } from './interpolate.js';
import type { RawChroma } from './raw-manifest.js';

/** Why an interpolated URL cannot be used: it is no http(s) URL without query, or something else logs in as well. */
export type UrlProblem = 'not-a-url' | 'credentials-twice';

export function readTarget(
  chroma: string | RawChroma,
  manifestId: string,
  env: Variables,
): Target | UrlProblem {
  const said: RawChroma = typeof chroma === 'string' ? { url: chroma } : chroma;
  const common = { collection: said.collection ?? manifestId, space: said.space ?? DEFAULTS.space };
  if (said.url === 'embedded') return { kind: 'embedded', ...common };
  const address = readUrl(said.url);
  if (!address) return 'not-a-url';
  const headers = Object.entries(said.headers ?? {}).map(
    ([name, value]) => [name, lazySecret(value, env, 'E109', `header ${name} of Chroma`)] as const,
  );
  if (address.credentials) {
    if (hasAuthorization(said.headers)) return 'credentials-twice';
    headers.push(['authorization', address.credentials]);
  }
  return {
    kind: 'remote',
    url: address.url,
    headers: Object.fromEntries(headers),
    tenant: said.tenant ?? DEFAULTS.tenant,
    database: said.database ?? DEFAULTS.database,
    ...common,
  };
}

export function hasAuthorization(headers: Readonly<Record<string, unknown>> | undefined): boolean {
  return Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization');
}

export interface Address {
  /** Origin and path, without credentials and trailing slash. */
  readonly url: string;
  readonly credentials: Secret | undefined;
}

/** A URL with an unset variable stays as it is written: it can be shown, not used. */
export function readUrl(text: string): Address | undefined {
  if (hasReference(text)) return { url: text, credentials: undefined };
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') return undefined;
  const user = decoded(url.username);
  const password = decoded(url.password);
  const basic = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  return {
    url: `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}`,
    credentials: user === '' && password === '' ? undefined : new Secret([], () => `Basic ${basic}`),
  };
}

/** A stray % in a password means itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
