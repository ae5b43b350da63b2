/** What a walk through a source's folders knows, and what it finds there. */
import type { PathMatcher } from './match-paths.js';

export interface WalkContext {
  /** Absolute path, as declared. */
  readonly root: string;
  /** The root without links. */
  readonly realRoot: string;
  readonly matcher: PathMatcher;
  /** The uri of a path below the root. */
  readonly uriOf: (path: string) => string;
  /** Of a path with forward slashes; undefined: not supported. */
  readonly parserFor: (path: string) => { readonly name: string } | undefined;
}

/** A folder below the root. Two spellings that are one in NFC are one folder. */
export interface FolderItem {
  readonly kind: 'folder';
  /** NFC, forward slashes, none at the end; empty for the root. */
  readonly path: string;
  /** As the file system spells it. */
  readonly spellings: readonly string[];
}

/** A name in a folder that is no folder. */
export interface FileItem {
  readonly kind: 'file' | 'link' | 'other';
  readonly path: string;
  readonly spelling: string;
}
