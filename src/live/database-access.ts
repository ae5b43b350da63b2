/** What a collection needs of its database. */
import type { Space } from '../domain/manifest.js';
import type { CollectionMetadata } from './collection-identity.js';
import type { ServerName } from './failures.js';
import type { LiveLimits } from './limits.js';
import type { CollectionHandles } from './open-client.js';
import type { TransportRequest } from './transport.js';
import type { BodyLimits } from './write-bodies.js';

/** As the server describes a collection. */
export interface CollectionDescription {
  readonly id: string;
  readonly name: string;
  readonly space: Space | undefined;
  readonly dimension: number | undefined;
  readonly metadata: CollectionMetadata;
}

export interface DatabaseAccess {
  readonly server: ServerName;
  readonly limits: LiveLimits;
  readonly bodyLimits: BodyLimits;
  /** The server takes vectors as base64. */
  readonly base64: boolean;
  readonly handle: CollectionHandles;
  describe(name: string): Promise<CollectionDescription | undefined>;
  /** `path` is below the database's collections. @throws NoAnswer, ErrorAnswer */
  send(method: TransportRequest['method'], path: string, body: string): Promise<string>;
  /** Whether anything at all is heard of a count of this collection. */
  answers(id: string): Promise<boolean>;
}
