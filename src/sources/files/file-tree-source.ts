/** Files below a folder as documents, whatever reads them: what `files` and `transcript` have in common. */
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentEntry, ListingEntry, ReadResult } from '../../domain/document.js';
import { documentUri } from '../../domain/identity.js';
import type { Source } from '../../domain/ports/source.js';
import type { FilesSource } from '../../domain/source-spec.js';
import { describeIoError } from '../../platform/describe-io-error.js';
import { readFileStable, type StableRead } from '../../platform/read-file-stable.js';
import { hashInput, MAX_INPUT_BYTES, readInput } from '../parsing/input-bytes.js';
import { inputExists } from './find-input.js';
import { createPathMatcher } from './match-paths.js';
import { resolveInside } from './resolve-inside.js';
import { walkTree } from './walk-tree.js';

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
      return await readFileStable(target.path, MAX_INPUT_BYTES);
    } catch (error) {
      return { kind: 'unreadable', message: describeIoError(error) };
    }
  }

  return {
    id: spec.id,
    type: spec.type,
    cacheRoot: spec.root,
    list,
    read: async (entry) => readInput(await readBytes(entry), (bytes) => formats.parse(bytes, entry)),
    parse: (bytes, entry) => formats.parse(bytes, entry),
    hash: async (entry) => hashInput(await readBytes(entry), (bytes) => formats.hash(bytes, entry.parser)),
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
