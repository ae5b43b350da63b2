/** Source type `http`: pages by url. Listing asks for each, and downloads what has changed. */
import type { DocumentEntry, ListingEntry, ReadResult } from '../../domain/document.js';
import { IngestError } from '../../domain/errors.js';
import { sha256Hex } from '../../domain/hashing.js';
import { documentUri } from '../../domain/identity.js';
import type { Source } from '../../domain/ports/source.js';
import type { HttpSource } from '../../domain/source-spec.js';
import { createPathMatcher } from '../files/match-paths.js';
import { MAX_INPUT_BYTES } from '../parsing/input-bytes.js';
import { hashDocument, parseDocument, withBytes } from '../parsing/parse-document.js';
import { parserFor } from '../parsing/parsers.js';
import { UriSpool } from '../remote/uri-spool.js';
import type { SourceContext } from '../source-context.js';
import { mediaType, parserOfPage, toUtf8 } from './content-type.js';
import { type PageAnswer, PageFetcher } from './fetch-page.js';
import { listUrls } from './list-pages.js';
import type { KnownPage } from './page-cache.js';
import { PageSpool } from './page-spool.js';
import { globPath, pagePath, readPageUrl } from './page-uri.js';

interface Facts {
  readonly fate: 'declared' | 'excluded' | 'elsewhere';
}

/** Pages in a row without an answer after which the others are not asked. */
const PATIENCE = 8;

/** @throws IngestError E103 for a glob that is too long */
export function createHttpSource(spec: HttpSource, context: SourceContext): Source {
  const matcher = createPathMatcher(spec);
  const folder = documentUri(spec.id, '');
  const hosts = declaredHosts(spec);
  const allows = (url: URL): boolean => hosts.has(url.hostname);
  const fetcher = new PageFetcher({ ...spec, headers: headersOf(spec), allows }, context);
  let urls: UriSpool<Facts> | undefined;
  let pages: PageSpool | undefined;
  let complete = false;
  /** Pages in a row without an answer. */
  let silent = 0;
  const gone = new Set<string>();

  async function* list(signal: AbortSignal): AsyncGenerator<ListingEntry, void, undefined> {
    urls?.close();
    pages?.close();
    gone.clear();
    complete = true;
    const found = new UriSpool<Facts>('pages');
    const spool = new PageSpool();
    [urls, pages] = [found, spool];
    for await (const item of listUrls(spec, fetcher, allows, signal)) {
      const uri = documentUri(spec.id, pagePath(item.url));
      if (item.kind === 'unreadable') {
        complete = false;
        yield {
          kind: 'unreadable',
          uri: folder,
          message: `the sitemap ${item.url.href} cannot be read: ${item.message}`,
        };
        // One entry for the folder says enough: uris rise.
        break;
      }
      const fate = item.kind === 'elsewhere' ? 'elsewhere' : isDeclared(item.url) ? 'declared' : 'excluded';
      found.add({ uri, name: item.url.href, facts: { fate } });
    }
    yield* checkAll(found, spool, signal);
  }

  function isDeclared(url: URL): boolean {
    const path = globPath(url);
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (!matcher.mayDeclareBelow(path.slice(0, at))) return false;
    }
    return matcher.declares(path);
  }

  /** In the order of uris, several at once. */
  async function* checkAll(
    found: UriSpool<Facts>,
    spool: PageSpool,
    signal: AbortSignal,
  ): AsyncGenerator<ListingEntry> {
    const waiting: Promise<ListingEntry | undefined>[] = [];
    silent = 0;
    const ask = async (uri: string, href: string): Promise<ListingEntry | undefined> =>
      silent < PATIENCE
        ? check(uri, new URL(href), spool, signal)
        : {
            kind: 'unreadable',
            uri,
            document: true,
            message: `not asked: the server did not answer ${PATIENCE} pages before it`,
          };
    try {
      for (const { uri, name, facts } of found.entries()) {
        signal.throwIfAborted();
        if (facts.fate === 'excluded') continue;
        if (facts.fate === 'elsewhere') {
          waiting.push(
            Promise.resolve({ kind: 'skipped', uri, reason: 'outside-root', type: new URL(name).host }),
          );
        } else waiting.push(ask(uri, name));
        if (waiting.length >= spec.max_concurrency) {
          const entry = await waiting.shift();
          if (entry !== undefined) yield entry;
        }
      }
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const entry = await next;
        if (entry !== undefined) yield entry;
      }
    } finally {
      // Whoever stops listening leaves none behind that fails unheard.
      await Promise.allSettled(waiting);
    }
  }

  /** Undefined: there is no such page. */
  async function check(
    uri: string,
    url: URL,
    spool: PageSpool,
    signal: AbortSignal,
  ): Promise<ListingEntry | undefined> {
    const cache = await context.pages();
    const known = cache.get(url.href);
    const answer = await fetcher.get(url, known, signal);
    silent = answer.kind === 'unreadable' && answer.silent ? silent + 1 : 0;
    switch (answer.kind) {
      case 'gone':
        gone.add(uri);
        return undefined;
      case 'unreadable':
        complete = false;
        return { kind: 'unreadable', uri, document: true, message: answer.message };
      case 'too-large': {
        const content_sha256 = sha256Hex(`too large\n${url.href}`);
        spool.put({ uri, url: url.href, content_sha256, content_type: '', bytes: null, too_large: 1 });
        return document(uri, url, parserFor(url.pathname)?.name ?? 'html', content_sha256);
      }
      case 'unchanged':
        return knownEntry(uri, url, known as KnownPage, spool);
      case 'page':
        return freshEntry(uri, url, answer, spool);
    }
  }

  function knownEntry(uri: string, url: URL, known: KnownPage, spool: PageSpool): ListingEntry {
    const { content_sha256, content_type } = known;
    const parser = parserOfPage(content_type, url.pathname);
    if (parser === undefined) return unsupported(uri, content_type);
    spool.put({ uri, url: url.href, content_sha256, content_type, bytes: null, too_large: 0 });
    return document(uri, url, parser.name, content_sha256);
  }

  async function freshEntry(
    uri: string,
    url: URL,
    page: Extract<PageAnswer, { kind: 'page' }>,
    spool: PageSpool,
  ): Promise<ListingEntry> {
    const { bytes, kind: _, ...facts } = page;
    const parser = parserOfPage(page.content_type, url.pathname);
    const cache = await context.pages();
    if (parser === undefined) {
      cache.put(url.href, { ...facts, content_sha256: '' });
      return unsupported(uri, page.content_type);
    }
    const text = toUtf8(bytes, page.content_type, parser);
    const content_sha256 = hashDocument(text, parser.name);
    cache.put(url.href, { ...facts, content_sha256 });
    spool.put({
      uri,
      url: url.href,
      content_sha256,
      content_type: page.content_type,
      bytes: text,
      too_large: 0,
    });
    return document(uri, url, parser.name, content_sha256);
  }

  async function read(entry: DocumentEntry): Promise<ReadResult> {
    const listed = pages?.get(entry.uri);
    if (listed === undefined) return { kind: 'unreadable', message: 'it is not in the listing' };
    const url = new URL(listed.url);
    if (listed.too_large === 1) {
      const detail = `more than the limit of ${MAX_INPUT_BYTES} bytes (100 MiB)`;
      return { kind: 'reject', content_sha256: listed.content_sha256, code: 'too-large', detail };
    }
    if (listed.bytes !== null) return parsed(listed.bytes, entry);
    const answer = await fetcher.get(url, undefined, context.signal);
    if (answer.kind === 'unreadable') return { kind: 'unreadable', message: answer.message };
    if (answer.kind !== 'page') return { kind: 'unreadable', message: 'it has changed since it was listed' };
    const parser = parserOfPage(answer.content_type, url.pathname);
    if (parser?.name !== entry.parser)
      return { kind: 'unreadable', message: 'it has changed since it was listed' };
    return parsed(toUtf8(answer.bytes, answer.content_type, parser), entry);
  }

  return {
    id: spec.id,
    parse: parsed,
    type: spec.type,
    // Of all: what stands for the stat of a page is its content.
    cacheRoot: 'http:',
    list,
    read,
    hash: async ({ uri }) => {
      const listed = pages?.get(uri);
      return listed === undefined
        ? { unreadable: 'it is not in the listing' }
        : { content_sha256: listed.content_sha256 };
    },
    // Of a listing that broke off nobody knows.
    exists: async (uri) => {
      if (!uri.startsWith(folder) || gone.has(uri)) return false;
      return !complete || urls?.get(uri) !== undefined;
    },
  };
}

function document(uri: string, url: URL, parser: string, content_sha256: string): DocumentEntry {
  const stat = { size: 0, mtime_ns: '0', ctime_ns: '0', inode: content_sha256 };
  return { kind: 'document', uri, path: url.href, parser, stat, content_sha256 };
}

function unsupported(uri: string, contentType: string): ListingEntry {
  return {
    kind: 'skipped',
    uri,
    reason: 'unsupported-type',
    type: mediaType(contentType) || 'no content type',
  };
}

/** Where this source may go: nowhere that the manifest does not name. */
function declaredHosts({ urls, sitemap, hosts }: HttpSource): ReadonlySet<string> {
  const named = [...urls, ...(sitemap === undefined ? [] : [sitemap])];
  return new Set([
    ...named.flatMap((text) => readPageUrl(text)?.hostname ?? []),
    ...hosts.map((host) => host.toLowerCase()),
  ]);
}

/** Resolved with the first request. */
function headersOf({ id, headers }: HttpSource): () => Readonly<Record<string, string>> {
  let revealed: Record<string, string> | undefined;
  return () => {
    revealed ??= Object.fromEntries(
      Object.entries(headers).map(([name, secret]) => {
        // Variables read from files often end in a line break.
        const value = secret.reveal().trim();
        // fetch would refuse it with a message that quotes the value.
        if (!/^[\x20-\x7e]*$/.test(value)) {
          throw new IngestError(
            'E103',
            `header ${name} of source ${id} holds characters that no header can carry`,
            {
              kind: 'input',
              advice: `Look at ${secret.variables.join(', ')} in the environment of this command.`,
            },
          );
        }
        return [name.toLowerCase(), value];
      }),
    );
    return revealed;
  };
}

/** Of bytes in UTF-8, as they are hashed. */
async function parsed(bytes: Buffer, { parser, path }: DocumentEntry): Promise<ReadResult> {
  return withBytes(await parseDocument(bytes, parser, new URL(path).pathname), bytes);
}
