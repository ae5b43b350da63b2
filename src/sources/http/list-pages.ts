/** Every url that is declared: those of the manifest, and those of its sitemap. */
import type { HttpSource } from '../../domain/source-spec.js';
import type { PageFetcher } from './fetch-page.js';
import { readPageUrl } from './page-uri.js';
import { readSitemap } from './read-sitemap.js';

export type FoundUrl =
  | { readonly kind: 'page'; readonly url: URL }
  /** A sitemap names it, and it lies elsewhere. */
  | { readonly kind: 'elsewhere'; readonly url: URL }
  /** What it names was not seen. */
  | { readonly kind: 'unreadable'; readonly url: URL; readonly message: string };

/** An index names sitemaps; one that names indexes again is followed once more, and no further. */
const MAX_DEPTH = 3;

export async function* listUrls(
  { urls, sitemap }: Pick<HttpSource, 'urls' | 'sitemap'>,
  fetcher: PageFetcher,
  allows: (url: URL) => boolean,
  signal: AbortSignal,
): AsyncGenerator<FoundUrl> {
  for (const text of urls) {
    const url = readPageUrl(text);
    if (url !== undefined) yield { kind: 'page', url };
  }
  const first = sitemap === undefined ? undefined : readPageUrl(sitemap);
  if (first !== undefined) yield* fromSitemap(first, 1, new Set());

  async function* fromSitemap(url: URL, depth: number, seen: Set<string>): AsyncGenerator<FoundUrl> {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const answer = await fetcher.get(url, undefined, signal);
    if (answer.kind !== 'page') {
      const message =
        answer.kind === 'unreadable' ? answer.message : `the server says that it is ${answer.kind}`;
      yield { kind: 'unreadable', url, message };
      return;
    }
    const found = await readSitemap(answer.bytes);
    if (found.kind === 'fault' || (found.kind === 'index' && depth === MAX_DEPTH)) {
      const message = found.kind === 'fault' ? found.message : 'it is an index within indexes';
      yield { kind: 'unreadable', url, message };
      return;
    }
    for (const text of found.urls) {
      const next = readPageUrl(text);
      if (next === undefined) continue;
      if (!allows(next)) yield { kind: 'elsewhere', url: next };
      else if (found.kind === 'pages') yield { kind: 'page', url: next };
      else yield* fromSitemap(next, depth + 1, seen);
    }
  }
}
