/**
 * Which proxy a url is reached through, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY as curl and others read them. Pure.
 * A name in small letters wins over the same in capitals.
 */
import { IngestError } from '../domain/errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxyServer {
  /** Without credentials; safe to print. */
  readonly url: string;
  /** The variable that named it. */
  readonly variable: string;
  /** Value of the header Proxy-Authorization. */
  readonly authorization: string | undefined;
  /** What must not be shown: user and password as they were written, and together. */
  readonly secrets: readonly string[];
}

/**
 * Undefined: reached directly. This machine always is, whatever the variables say.
 * @throws IngestError E413 for a variable that names no http or https proxy; its value is not quoted
 */
export function chooseProxy(target: string, env: Environment): ProxyServer | undefined {
  const url = new URL(target);
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const variable = names.find((name) => (env[name] ?? '') !== '');
  if (variable === undefined || isLoopback(url.hostname)) return undefined;
  if (isExempt(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  return readProxy(variable, env[variable] ?? '');
}

function readProxy(variable: string, value: string): ProxyServer {
  // `proxy:3128` is how many write it.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new IngestError('E413', `${variable} names no http or https proxy`, {
      kind: 'input',
      advice: `Write ${variable}=http://HOST:PORT, or leave it out; NO_PROXY lists the hosts that need none.`,
    });
  }
  const user = decoded(url.username);
  const password = decoded(url.password);
  const known = user !== '' || password !== '';
  const basic = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  return {
    url: url.origin,
    variable,
    authorization: known ? `Basic ${basic}` : undefined,
    secrets: known ? [user, password, url.username, url.password, basic].filter((text) => text !== '') : [],
  };
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}

/** Entries by comma or space: a host with its subdomains (with or without a dot before it), `host:port`, or `*`. */
function isExempt(url: URL, list: string): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = url.hostname.toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, only] = /^(.*):(\d{1,5})$/.exec(entry) ?? [];
      // An IPv6 address may stand with or without its brackets, and its last part is no port.
      if (`[${entry}]` === host) return true;
      const bare = name.replace(/^\*?\./, '');
      if (bare === '' || (only !== undefined && only !== port)) return false;
      return host === bare || host.endsWith(`.${bare}`);
    });
}

/** A stray % in a password means itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
