/** An environment's `chroma` -> where the index lives. Credentials in an interpolated URL become a header. */
import path from 'node:path';
import type { ConnectionSpec } from '../domain/connection.js';
import type { Target } from '../domain/manifest.js';
import { Secret } from '../domain/secret.js';
import { DEFAULTS } from './defaults.js';
import { hasReference, lazySecret, type Variables } from './interpolate.js';
import type { RawChroma } from './raw-manifest.js';

/** Why an interpolated URL cannot be used: it is no http(s) URL without query, or something else logs in as well. */
export type UrlProblem = 'not-a-url' | 'credentials-twice';

/** Certificates, or the key of Chroma Cloud, for a url that would send everything in the clear. */
export type TargetProblem = UrlProblem | 'not-https';

export function readTarget(
  chroma: string | RawChroma,
  manifestId: string,
  env: Variables,
  folder: string,
): Target | TargetProblem {
  const said: RawChroma = typeof chroma === 'string' ? { url: chroma } : chroma;
  const common = { collection: said.collection ?? manifestId, space: said.space ?? DEFAULTS.space };
  if (said.url === 'embedded') return { kind: 'embedded', ...common };
  const address = readUrl(said.url ?? DEFAULTS.cloudUrl);
  if (!address) return 'not-a-url';
  const secure = /^https:/i.test(address.url) || hasReference(address.url) || isThisMachine(address.url);
  if ((said.tls !== undefined && !/^https:/i.test(address.url)) || (said.cloud !== undefined && !secure)) {
    if (!hasReference(address.url)) return 'not-https';
  }
  const headers = Object.entries(said.headers ?? {}).map(
    ([name, value]) => [name, lazySecret(value, env, 'E109', `header ${name} of Chroma`)] as const,
  );
  if (address.credentials) {
    if (hasAuthorization(said.headers)) return 'credentials-twice';
    headers.push(['authorization', address.credentials]);
  }
  if (said.cloud !== undefined) {
    headers.push(['x-chroma-token', lazySecret(said.cloud.api_key, env, 'E109', 'cloud.api_key of Chroma')]);
  }
  return {
    kind: 'remote',
    url: address.url,
    headers: Object.fromEntries(headers),
    tenant: said.cloud?.tenant ?? said.tenant ?? DEFAULTS.tenant,
    database: said.cloud?.database ?? said.database ?? DEFAULTS.database,
    connection: readConnection(said, address.url, folder),
    ...common,
  };
}

function readConnection(said: RawChroma, url: string, folder: string): ConnectionSpec {
  const { tls, timeout_ms, retries, limits } = said;
  const { connection } = DEFAULTS;
  const resolved = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : path.resolve(folder, file);
  return {
    tls: tls && {
      ca_file: resolved(tls.ca_file),
      cert_file: resolved(tls.cert_file),
      key_file: resolved(tls.key_file),
    },
    timeout_ms: timeout_ms ?? connection.timeout_ms,
    retries: { ...connection.retries, ...retries },
    profile: said.cloud !== undefined || isCloud(url) ? 'cloud' : 'server',
    limits: limits ?? {},
  };
}

/** Also when only its url is written: its quotas hold all the same. */
function isCloud(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'trychroma.com' || host.endsWith('.trychroma.com');
}

/** A relay on this machine may add the encryption. */
function isThisMachine(url: string): boolean {
  return /^http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:\/|$)/i.test(url);
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
