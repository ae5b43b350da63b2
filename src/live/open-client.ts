/** chromadb's client, sending through our transport. It is used for what it serves well: reads and deletes. */
import type { Collection } from 'chromadb';
import type { Transport } from './transport.js';

export interface ClientTarget {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tenant: string;
  readonly database: string;
}

/** Handles by collection id. They know no embedding function, so nothing is ever loaded for one. */
export type CollectionHandles = (collectionId: string) => Collection;

/** The part of ChromaClient that its types hide and that takes the transport; the version is pinned. */
interface Inner {
  readonly apiClient: { setConfig(config: { readonly fetch: typeof fetch; readonly baseUrl: string }): void };
}

export async function openClient(target: ClientTarget, transport: Transport): Promise<CollectionHandles> {
  const { ChromaClient } = await import('chromadb');
  const url = new URL(target.baseUrl);
  const ssl = url.protocol === 'https:';
  const client = new ChromaClient({
    host: url.hostname,
    port: Number(url.port || (ssl ? 443 : 80)),
    ssl,
    headers: { ...target.headers },
    tenant: target.tenant,
    database: target.database,
  });
  // The client's own arguments know no path below the host, no time-out and no fetch.
  (client as unknown as Inner).apiClient.setConfig({ fetch: transport.fetch, baseUrl: target.baseUrl });
  return (collectionId) => client.collection(collectionId);
}
