/** A postgres:// URL -> how to connect. Encrypted and verified unless it says otherwise, or never leaves this machine. Pure. */
import { IngestError } from '../../../domain/errors.js';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Undefined: as the client library has it for everybody (PGUSER, PGPASSWORD, .pgpass). */
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  /** Whether the login is tied to the encrypted connection, where the server can. */
  readonly bindsChannel: boolean;
  readonly tls: 'off' | 'encrypted' | 'authority' | 'full';
  /** For people: neither user nor password. */
  readonly shown: string;
}

const MODES: Readonly<Record<string, Address['tls']>> = {
  disable: 'off',
  require: 'encrypted',
  'verify-ca': 'authority',
  'verify-full': 'full',
};
const KNOWN: ReadonlySet<string> = new Set(['sslmode', 'host', 'channel_binding']);

/** @throws IngestError E202, which never quotes the URL */
export function readUrl(text: string, sourceId: string, verifies: boolean): Address {
  const refuse = (problem: string, advice: string): never => {
    throw new IngestError('E202', `the url of the source ${sourceId} ${problem}`, { kind: 'input', advice });
  };
  const example =
    'Write postgres://user:password@host:5432/database; special characters in the password as %40.';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol))
    return refuse('is no postgres:// URL', example);
  for (const name of url.searchParams.keys()) {
    if (KNOWN.has(name)) continue;
    return refuse(
      `says ${name}, which is not known here`,
      `Take it out; known are ${[...KNOWN].join(', ')}.`,
    );
  }
  const host = url.searchParams.get('host') ?? decoded(url.hostname.replace(/^\[|\]$/g, ''));
  const database = decoded(url.pathname.slice(1));
  if (host === '' || host === undefined) return refuse('names no host', example);
  if (database === '' || database === undefined) return refuse('names no database', example);
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (user === undefined || password === undefined) return refuse('has a % that encodes nothing', example);
  const mode = url.searchParams.get('sslmode');
  const tls = mode === null ? (isThisMachine(host) ? 'off' : 'full') : own(MODES, mode);
  if (tls === undefined) {
    return refuse('says an sslmode that is not known here', `Known are ${Object.keys(MODES).join(', ')}.`);
  }
  const port = url.port === '' ? 5432 : Number(url.port);
  return {
    host,
    port,
    user: user === '' ? undefined : user,
    password: password === '' ? undefined : password,
    database,
    bindsChannel: /^(?:require|prefer)$/.test(url.searchParams.get('channel_binding') ?? ''),
    // As libpq has it: with an authority at hand, `require` looks at the certificate too.
    tls: tls === 'encrypted' && verifies ? 'authority' : tls,
    shown: `${host.startsWith('/') ? host : `${host}:${port}`}/${database}`,
  };
}

/** Undefined when it is not well formed. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function own<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function isThisMachine(host: string): boolean {
  return host.startsWith('/') || /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
}
