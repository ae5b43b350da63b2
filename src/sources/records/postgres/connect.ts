/** One connection to PostgreSQL, for one listing. The client library is loaded when the first is opened. */
import { readFile } from 'node:fs/promises';
import type { Client, ClientConfig, QueryConfig } from 'pg';
import { IngestError } from '../../../domain/errors.js';
import type { PostgresSource } from '../../../domain/source-spec.js';
import { describeIoError } from '../../../platform/describe-io-error.js';
import { explainPostgresError } from './explain-error.js';
import { type Address, readUrl } from './read-url.js';
import type { SqlText } from './row-query.js';

const CONNECT_TIMEOUT_MS = 15_000;
/** Beyond the server's own time-out, for an answer that never comes: the network is gone, and nobody said so. */
const GRACE_MS = 10_000;

/** The server or the way to it failed: what was to come was not seen. */
export class PostgresFailure extends Error {}

export interface Answer {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  /** Values as the server writes them. */
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

export interface Connection {
  /** For people: host and database. */
  readonly shown: string;
  /** One statement, never several. @throws PostgresFailure */
  ask(statement: SqlText): Promise<Answer>;
  close(): Promise<void>;
}

/** @throws PostgresFailure; IngestError E109, E202 for a url that cannot be used */
export async function connect(spec: PostgresSource, signal: AbortSignal): Promise<Connection> {
  const address = readUrl(spec.url.reveal(), spec.id, spec.ca_file !== undefined);
  const fail = (error: unknown): PostgresFailure =>
    new PostgresFailure(
      explainPostgresError(error, address.password === undefined ? [] : [address.password]),
    );
  const config = await configOf(address, spec);
  const { default: pg } = await import('pg');
  signal.throwIfAborted();
  const client = new pg.Client(config);
  // Between two questions; the next one fails and says so.
  client.on('error', () => undefined);
  const stop = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => undefined);
  };
  try {
    await client.connect();
  } catch (error) {
    await close();
    throw fail(error);
  }
  return {
    shown: address.shown,
    close,
    ask: async (statement) => {
      try {
        return await ask(client, statement);
      } catch (error) {
        throw fail(error);
      }
    },
  };
}

async function ask(client: Client, { text, values }: SqlText): Promise<Answer> {
  // The extended protocol takes one statement only. Values stay text: no driver's idea of a date or a number.
  const question: QueryConfig & { readonly queryMode: 'extended' } = {
    text,
    values: [...values],
    queryMode: 'extended',
    types: { getTypeParser: () => (value: string) => value },
  };
  const { fields, rows } = await client.query<Record<string, string | null>>(question);
  return { fields, rows };
}

async function configOf(address: Address, spec: PostgresSource): Promise<ClientConfig> {
  const { host, port, user, password, database } = address;
  return {
    host,
    port,
    database,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    application_name: 'ingest',
    enableChannelBinding: address.bindsChannel,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: spec.statement_timeout_ms + GRACE_MS,
    keepAlive: true,
    ssl: await tlsOf(address, spec),
  };
}

async function tlsOf({ tls }: Address, { id, ca_file }: PostgresSource): Promise<ClientConfig['ssl']> {
  if (tls === 'off') return false;
  if (tls === 'encrypted') return { rejectUnauthorized: false };
  const ca = ca_file === undefined ? {} : { ca: await readAuthority(ca_file, id) };
  // Of verify-ca: signed by the authority, for whatever host.
  return tls === 'authority' ? { ...ca, checkServerIdentity: () => undefined } : ca;
}

async function readAuthority(file: string, id: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new IngestError(
      'E202',
      `the ca_file of the source ${id} cannot be read: ${describeIoError(error)}`,
      {
        kind: 'input',
        advice: 'Correct the path; it is looked for relative to the manifest.',
        cause: error,
      },
    );
  }
}
