/** Files below a folder as documents, whatever reads them: what `files` and `transcript` have in common. */
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentEntry, ListingEntry, ReadResult } from '../../domain/document.js';
import { documentUri } from '../../domain/identity.js';
import type { FilesSource } from '../../domain/manifest.js';
import type { Source } from '../../domain/ports/source.js';
import { describeIoError } from '../../platform/describe-io-error.js';
import { readFileStable, type StableRead } from '../../platform/read-file-stable.js';
import { withBytes } from '../parsing/parse-document.js';
import { inputExists } from './find-input.js';
import { createPathMatcher } from './match-paths.js';
import { resolveInside } from './resolve-inside.js';
import { walkTree } from './walk-tree.js';

/** Larger files are rejected: a document is held in memory as a whole. Bytes; 100 MiB. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;

export type FileTree = Pick<FilesSource, 'id' | 'root' | 'include' | 'exclude'> & { readonly type: string };

/** What is made of files. */
export interface FileFormats {
  /** The parser of a path with forward slashes; undefined: not supported. */
  parserFor(path: string): { readonly name: string } | undefined;
  /** Never throws for what the bytes are. */
  parse(bytes: Buffer, entry: DocumentEntry): Promise<ReadResult>;
  /** content_sha256 as `parse` gives it. */
  hash(bytes: Buffer, parser: string): string;
}

/** @throws IngestError E103 for a glob that is too long */
export function createFileTreeSource(spec: FileTree, formats: FileFormats): Source {
  const matcher = createPathMatcher(spec);
  const uriOf = (path: string): string => documentUri(spec.id, path);

  async function* list(signal: AbortSignal): AsyncGenerator<ListingEntry, void, undefined> {
    signal.throwIfAborted();
    const root = await findRoot(spec.root);
    if ('problem' in root) yield { kind: 'unreadable', uri: uriOf(''), message: root.problem };
    else
      yield* walkTree(
        { root: spec.root, realRoot: root.path, matcher, uriOf, parserFor: formats.parserFor },
        signal,
      );
  }

  // Kept: a root that is linked elsewhere during a run makes its files unreadable, not somebody else's.
  let realRoot: string | undefined;

  async function readBytes(entry: DocumentEntry): Promise<StableRead> {
    try {
      // Looked at again, not taken from the listing: a link may have been turned since.
      realRoot ??= await realpath(spec.root);
      const target = await resolveInside(realRoot, join(spec.root, entry.path));
      if (!target.inside) return { kind: 'unreadable', message: 'it now leads out of the root' };
      return await readFileStable(target.path, MAX_FILE_BYTES);
    } catch (error) {
      return { kind: 'unreadable', message: describeIoError(error) };
    }
  }

  return {
    id: spec.id,
    type: spec.type,
    cacheRoot: spec.root,
    list,
    read: async (entry) => parse(await readBytes(entry), entry, formats),
    parse: (bytes, entry) => formats.parse(bytes, entry),
    hash: async (entry) => {
      const read = await readBytes(entry);
      switch (read.kind) {
        case 'unreadable':
          return { unreadable: read.message };
        case 'too-large':
          return { content_sha256: read.sha256 };
        case 'bytes':
          return { content_sha256: formats.hash(read.bytes, entry.parser) };
      }
    },
    exists: async (uri) => {
      const prefix = uriOf('');
      return uri.startsWith(prefix) && inputExists(spec.root, uri.slice(prefix.length));
    },
  };
}

async function findRoot(root: string): Promise<{ readonly path: string } | { readonly problem: string }> {
  try {
    const path = await realpath(root);
    if ((await stat(path)).isDirectory()) return { path };
    return { problem: `the root ${root} is not a folder` };
  } catch (error) {
    return { problem: `the root ${root} cannot be listed: ${describeIoError(error)}` };
  }
}

async function parse(read: StableRead, entry: DocumentEntry, formats: FileFormats): Promise<ReadResult> {
  if (read.kind === 'unreadable') return read;
  if (read.kind === 'too-large') {
    return { kind: 'reject', content_sha256: read.sha256, code: 'too-large', detail: tooLarge(read.size) };
  }
  return withBytes(await formats.parse(read.bytes, entry), read.bytes);
}

export function tooLarge(bytes: number): string {
  return `${bytes} bytes; the limit is ${MAX_FILE_BYTES} (100 MiB)`;
}
