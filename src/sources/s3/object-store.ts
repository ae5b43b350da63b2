/** The sliver of S3 that is needed: a listing, and one object as it was listed. */

export interface ListedObject {
  readonly key: string;
  /** As the server spells it, with its quotes; null where it gives none. */
  readonly etag: string | null;
  readonly size: number;
  /** ISO 8601; empty where the server gives none. */
  readonly modified: string;
}

export type ReadObject =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Unpacked it is larger than a document may be. */
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly message: string };

export interface ObjectStore {
  /** Every object below the prefix, in any order. @throws StoreError @throws IngestError E109 */
  list(prefix: string, signal: AbortSignal): AsyncIterable<ListedObject>;
  /** The object as it was listed, or why not. @throws IngestError E109 */
  read(object: Pick<ListedObject, 'key' | 'etag'>): Promise<ReadObject>;
}

/** Why a bucket cannot be listed, in words for people and without what was sent. */
export class StoreError extends Error {}
