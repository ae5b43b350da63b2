/** One Chroma server and database, reached over HTTP. */

import type { ConnectionSpec } from '../domain/connection.js';
import { IngestError } from '../domain/errors.js';
import type { Space } from '../domain/manifest.js';
import type { Clock } from '../domain/ports/clock.js';
import type { LiveCollection, LiveDatabase } from '../domain/ports/live.js';
import type { CollectionIdentity } from '../domain/record.js';
import { notChroma } from './check-answers.js';
import { checkCollectionMetadata } from './check-records.js';
import { ChromaCollection } from './chroma-collection.js';
import { withIdentity } from './collection-identity.js';
import type { CollectionDescription, DatabaseAccess } from './database-access.js';
import { readFailure, type ServerName, writeFailure } from './failures.js';
import { limitsOf } from './limits.js';
import { openClient } from './open-client.js';
import { createTransport, ErrorAnswer, NoAnswer, type Transport } from './transport.js';

export interface DatabaseTarget {
  /** Origin and path, without credentials. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tenant: string;
  readonly database: string;
  readonly description: string;
  readonly targetId: string;
  readonly server: ServerName;
  readonly connection: ConnectionSpec;
  /** The one that knows its proxy and certificates, and what of the proxy must not be shown. */
  readonly fetch: typeof fetch;
  readonly secrets: readonly string[];
  /** When it is known better than the server tells. */
  readonly version: string | undefined;
  /** Starts a server again that has gone, and gives its address; undefined: one can only wait for it. */
  readonly revive: (() => Promise<string>) | undefined;
  /** Called once by close. */
  readonly onClose: () => Promise<void>;
}

export interface DatabaseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Ends requests in flight as well. */
  readonly giveUp?: AbortSignal;
  /** Something worth a line for who waits. */
  readonly onNote: (message: string) => void;
}

/**
 * Looks at the server before anything else: a database that does not exist would list as empty.
 * @throws IngestError E401, E402
 */
export async function openDatabase(target: DatabaseTarget, options: DatabaseOptions): Promise<LiveDatabase> {
  const baseUrl = target.url.replace(/(?<!\/)\/+$/, '');
  const { headers, secrets, connection: patience } = target;
  const transport = createTransport({ baseUrl, headers, secrets, fetch: target.fetch, patience, ...options });
  const { tenant, database } = target;
  const path = `/api/v2/tenants/${encodeURIComponent(tenant)}/databases/${encodeURIComponent(database)}`;
  await checkDatabase(transport, path, target);
  const preflight = await ask(transport, '/api/v2/pre-flight-checks', target);
  const version = target.version ?? (await ask(transport, '/api/v2/version', target));
  const limits = limitsOf(target.connection);
  const maxBatch = Math.min(positive(field(preflight, 'max_batch_size')) ?? 1_000, limits.writeRecords);
  const handle = await openClient({ baseUrl, headers: target.headers, tenant, database }, transport);

  const access: DatabaseAccess = {
    server: target.server,
    limits,
    bodyLimits: { records: maxBatch, bytes: limits.writeBytes },
    base64: field(preflight, 'supports_base64_encoding') === true,
    handle,
    describe: (name) => describe(transport, path, target.server, name),
    send: (method, below, body) => transport.send({ method, path: `${path}/collections${below}`, body }),
    answers: (id) => isHeard(transport, `${path}/collections/${id}/count`),
  };

  let closed = false;
  const answers = async (): Promise<boolean> => {
    try {
      if (target.revive !== undefined) transport.moveTo(await target.revive());
      await transport.send({ method: 'GET', path, attempts: 1 });
      return true;
    } catch {
      return false;
    }
  };
  return {
    description: target.description,
    targetId: target.targetId,
    server: { version: typeof version === 'string' ? version : 'unknown', maxBatch },
    find: async (name) => {
      const found = await access.describe(name);
      return found === undefined ? undefined : new ChromaCollection(access, found);
    },
    create: (name, space, identity) => create(transport, path, access, { name, space, identity }),
    remove: (collection) => remove(transport, path, access, collection),
    comesBack: () => waitUntil(answers, options),
    close: async () => {
      if (closed) return;
      closed = true;
      await target.onClose();
    },
  };
}

/** Milliseconds: a count of 160,000 records that nobody read since a restart takes six seconds. */
const PROBE_MS = 20_000;

/** One that was killed in the middle of a flush may answer its heartbeat and nothing that touches a collection. */
async function isHeard(transport: Transport, path: string): Promise<boolean> {
  try {
    await transport.send({ method: 'GET', path, attempts: 1, timeoutMs: PROBE_MS });
    return true;
  } catch (error) {
    return !(error instanceof NoAnswer && error.timedOut);
  }
}

/** Milliseconds: as long as a service manager takes to start a server again. */
const BACK_MS = 30_000;
const LOOK_AGAIN_MS = 500;

async function waitUntil(
  answers: () => Promise<boolean>,
  { clock, signal, onNote }: DatabaseOptions,
): Promise<boolean> {
  const deadline = clock.monotonic() + BACK_MS;
  for (let first = true; !signal.aborted; first = false) {
    if (await answers()) return true;
    if (clock.monotonic() > deadline) return false;
    if (first) onNote(`Chroma went away while it was read: waiting up to ${BACK_MS / 1000} s for it`);
    await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => {});
  }
  return false;
}

async function checkDatabase(transport: Transport, path: string, target: DatabaseTarget): Promise<void> {
  try {
    parse(await transport.send({ method: 'GET', path, attempts: 2 }), target.server);
  } catch (error) {
    if (error instanceof ErrorAnswer && error.status === 404 && error.byChroma) {
      const { database, tenant } = target;
      throw new IngestError(
        'E402',
        `${target.server.title} has no database "${database}" of tenant "${tenant}"`,
        {
          kind: 'input',
          advice: 'Create it there, or correct `tenant` and `database` of the environment.',
          cause: error,
        },
      );
    }
    throw readFailure(error, target.server, 'look at the database');
  }
}

/** Undefined when the server does not know the question. */
async function ask(transport: Transport, path: string, target: DatabaseTarget): Promise<unknown> {
  try {
    return parse(await transport.send({ method: 'GET', path }), target.server);
  } catch (error) {
    if (error instanceof ErrorAnswer && error.status < 500) return undefined;
    throw readFailure(error, target.server, `ask ${path}`);
  }
}

async function describe(
  transport: Transport,
  path: string,
  server: ServerName,
  name: string,
): Promise<CollectionDescription | undefined> {
  try {
    const answer = await transport.send({
      method: 'GET',
      path: `${path}/collections/${encodeURIComponent(name)}`,
    });
    return readDescription(parse(answer, server), server);
  } catch (error) {
    if (error instanceof ErrorAnswer && error.status === 404 && error.byChroma) return undefined;
    throw readFailure(error, server, `look for collection ${name}`);
  }
}

/** Sent once only: after a lost answer a second try would take our own collection for somebody else's. */
async function create(
  transport: Transport,
  path: string,
  access: DatabaseAccess,
  what: { readonly name: string; readonly space: Space; readonly identity: CollectionIdentity },
): Promise<LiveCollection | undefined> {
  const metadata = withIdentity(what.identity, {});
  checkCollectionMetadata(metadata, access.limits);
  const body = JSON.stringify({
    name: what.name,
    configuration: { hnsw: { space: what.space } },
    metadata,
    get_or_create: false,
  });
  try {
    const answer = await transport.send({ method: 'POST', path: `${path}/collections`, body, attempts: 1 });
    return new ChromaCollection(access, readDescription(parse(answer, access.server), access.server));
  } catch (error) {
    if (error instanceof ErrorAnswer && error.status === 409) return undefined;
    throw writeFailure(error, access.server, `the creation of collection ${what.name}`);
  }
}

/** Chroma deletes by name, so the name is looked at first: it may lead to another collection by now. */
async function remove(
  transport: Transport,
  path: string,
  access: DatabaseAccess,
  { id, name }: LiveCollection,
): Promise<void> {
  if ((await access.describe(name))?.id !== id) return;
  try {
    await transport.send({ method: 'DELETE', path: `${path}/collections/${encodeURIComponent(name)}` });
  } catch (error) {
    // An attempt whose answer was lost may have been the one that deleted it.
    if (error instanceof ErrorAnswer && error.status === 404 && error.byChroma) return;
    throw writeFailure(error, access.server, `the deletion of collection ${name}`);
  }
}

function readDescription(answer: unknown, server: ServerName): CollectionDescription {
  const id = field(answer, 'id');
  const name = field(answer, 'name');
  if (typeof id !== 'string' || typeof name !== 'string') throw notChroma(server);
  const configuration = field(answer, 'configuration_json');
  const space = field(field(configuration, 'hnsw'), 'space') ?? field(field(configuration, 'spann'), 'space');
  const metadata = field(answer, 'metadata');
  return {
    id,
    name,
    space: space === 'cosine' || space === 'l2' || space === 'ip' ? space : undefined,
    dimension: positive(field(answer, 'dimension')),
    metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {},
  };
}

function parse(text: string, server: ServerName): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notChroma(server, error);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}
