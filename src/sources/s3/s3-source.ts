/** Source type `s3`: the objects of a bucket, by the same parsers as files. What is unchanged is not downloaded. */
import type { DocumentEntry, ListingEntry } from '../../domain/document.js';
import { sha256Hex } from '../../domain/hashing.js';
import { documentUri } from '../../domain/identity.js';
import type { Source } from '../../domain/ports/source.js';
import type { S3Source } from '../../domain/source-spec.js';
import { createPathMatcher, type PathMatcher } from '../files/match-paths.js';
import { hashInput, type InputBytes, MAX_INPUT_BYTES, readInput } from '../parsing/input-bytes.js';
import { hashDocument, parseDocument } from '../parsing/parse-document.js';
import { fileType, parserFor } from '../parsing/parsers.js';
import { UriSpool } from '../remote/uri-spool.js';
import type { SourceContext } from '../source-context.js';
import { type ListedObject, type ObjectStore, StoreError } from './object-store.js';
import { createS3Store } from './s3-client.js';

type Facts = Omit<ListedObject, 'key'> & { readonly declared: boolean };

/** @throws IngestError E103 for a glob that is too long */
export function createS3Source(
  spec: S3Source,
  context: SourceContext,
  store: ObjectStore = createS3Store(spec, context),
): Source {
  const matcher = createPathMatcher(spec);
  const folder = documentUri(spec.id, '');
  let spool: UriSpool<Facts> | undefined;
  let complete = false;

  async function* list(signal: AbortSignal): AsyncGenerator<ListingEntry, void, undefined> {
    spool?.close();
    complete = false;
    const filling = new UriSpool<Facts>('objects');
    spool = filling;
    try {
      for await (const { key, ...facts } of store.list(spec.prefix, signal)) {
        signal.throwIfAborted();
        const path = key.slice(spec.prefix.length);
        // What consoles put there so that a folder is shown.
        if (path === '' || (path.endsWith('/') && facts.size === 0)) continue;
        const declared = isDeclared(matcher, path.normalize('NFC'));
        filling.add({ uri: documentUri(spec.id, path), name: path, facts: { ...facts, declared } });
      }
      complete = true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // Listed first: a folder's uri sorts before everything below it.
      yield {
        kind: 'unreadable',
        uri: folder,
        message: `${shownBucket(spec)} cannot be listed: ${error.message}`,
      };
    }
    for (const { uri, name, facts } of filling.entries()) if (facts.declared) yield entryOf(uri, name, facts);
  }

  async function readBytes({ uri }: DocumentEntry): Promise<InputBytes> {
    const found = spool?.get(uri);
    if (found === undefined) return { kind: 'unreadable', message: 'it is not in the listing' };
    const { etag, size, modified } = found.facts;
    const refused = {
      kind: 'too-large',
      size,
      sha256: sha256Hex(`too large\n${etag}\n${size}\n${modified}`),
    } as const;
    if (size > MAX_INPUT_BYTES) return refused;
    const read = await store.read({ key: `${spec.prefix}${found.name}`, etag });
    return read.kind === 'too-large' ? refused : read;
  }

  const parse = (bytes: Buffer, { parser, path }: DocumentEntry) => parseDocument(bytes, parser, path);

  return {
    id: spec.id,
    type: spec.type,
    cacheRoot: `s3:${spec.endpoint ?? ''}/${spec.bucket}/${spec.prefix}`,
    list,
    read: async (entry) => readInput(await readBytes(entry), (bytes) => parse(bytes, entry)),
    parse,
    hash: async (entry) => hashInput(await readBytes(entry), (bytes) => hashDocument(bytes, entry.parser)),
    // Of a listing that broke off nobody knows.
    exists: async (uri) => uri.startsWith(folder) && (!complete || spool?.get(uri) !== undefined),
  };
}

/** As in a folder: excluding one excludes all that is in it. */
function isDeclared(matcher: PathMatcher, path: string): boolean {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    if (!matcher.mayDeclareBelow(path.slice(0, at))) return false;
  }
  return matcher.declares(path);
}

function entryOf(uri: string, path: string, { etag, size, modified }: Facts): ListingEntry {
  // A url cannot say such a name, nor can a folder hold it.
  const nameless =
    path.endsWith('/') || path.split('/').some((segment) => segment === '.' || segment === '..');
  if (nameless) return { kind: 'skipped', uri, reason: 'not-a-file', type: fileType(path) };
  const parser = parserFor(path);
  if (parser === undefined) return { kind: 'skipped', uri, reason: 'unsupported-type', type: fileType(path) };
  // By ETag rather than by time: equal ones are equal bytes, however soon after one another they were written.
  const stat = etag === null ? null : { size, mtime_ns: '0', ctime_ns: '0', inode: `${etag} ${modified}` };
  return { kind: 'document', uri, path, parser: parser.name, stat };
}

function shownBucket({ endpoint, bucket, prefix }: S3Source): string {
  return endpoint === undefined ? `s3://${bucket}/${prefix}` : `${bucket}/${prefix} at ${endpoint}`;
}
