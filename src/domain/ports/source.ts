/** Where documents come from. One implementation per source type, in `src/sources`. */
import type { CursorWindow } from '../cursor.js';
import type { DocumentEntry, FileStat, ListingEntry, ReadResult } from '../document.js';

export interface Source {
  readonly id: string;
  readonly type: string;
  /** Tells its inputs from those of others in the stat cache. */
  readonly cacheRoot: string;
  /**
   * The whole listing in strictly rising uri order (UTF-8 bytes). Opens no file. Two inputs with one
   * uri throw IngestError E201 naming both. A root that cannot be listed yields one UnreadableEntry.
   * A source with a cursor lists what lies in the window; of versions of one record the newest.
   */
  list(signal: AbortSignal, window?: CursorWindow): AsyncIterable<ListingEntry>;
  /** Of a source with a cursor: whether this uri is in the last listing. */
  lists?(uri: string): boolean;
  /** The parser of all its documents; not set where each has its own. */
  readonly parser?: string;
  /** Reads, hashes and parses one document. Never throws for what the document contains. */
  read(entry: DocumentEntry): Promise<ReadResult>;
  /** What `read` would make of these bytes, which it gave once. Not set where a document is more than its bytes. */
  parse?(bytes: Buffer, entry: DocumentEntry): Promise<ReadResult>;
  /** Hash only: content_sha256 as `read` would give it, without parsing. */
  hash(entry: DocumentEntry): Promise<ContentHash>;
  /** Whether an input with this uri exists at all, listed or not: `excluded` rather than `gone`. */
  exists(uri: string): Promise<boolean>;
}

export type ContentHash = { readonly content_sha256: string } | { readonly unreadable: string };

/**
 * Cache of (file, stat) -> content_sha256, so that a no-op plan opens no file. Machine-local and
 * deletable. An entry is returned only when size, mtime, ctime and inode are equal and it is not racy
 * (mtime at or after the moment it was recorded, as git decides it).
 */
export interface StatCache {
  get(root: string, path: string, stat: FileStat): CachedContent | undefined;
  put(root: string, path: string, stat: FileStat, content: CachedContent): void;
  /** Writes what was put; called at the end of a scan. Failing to write is not an error. */
  flush(): void;
  close(): void;
}

export interface CachedContent {
  readonly content_sha256: string;
  /** chunk_recipe under which the document made no chunk, so that an empty one is not read again. */
  readonly empty_for: string | null;
}
