/** The urls that a sitemap names, or the sitemaps that an index of them names (sitemaps.org). */
import { gunzipSync } from 'node:zlib';

export type Sitemap =
  | { readonly kind: 'pages' | 'index'; readonly urls: readonly string[] }
  | { readonly kind: 'fault'; readonly message: string };

/** Unpacked; the protocol allows 50 MB. Bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** `.xml`, packed by gzip or not. */
export async function readSitemap(bytes: Buffer): Promise<Sitemap> {
  let text: string;
  try {
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    text = (packed ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes).toString('utf8');
  } catch {
    return { kind: 'fault', message: `it cannot be unpacked, or is larger than ${MAX_BYTES} bytes` };
  }
  const { default: sax } = await import('sax');
  const parser = sax.parser(true, { xmlns: false });
  const urls: string[] = [];
  const path: string[] = [];
  let root: string | undefined;
  let loc = '';
  let fault: string | undefined;
  parser.onopentag = ({ name }) => {
    // Prefixes are what each file chooses.
    const local = name.slice(name.indexOf(':') + 1);
    root ??= local;
    path.push(local);
    if (isLocation(path)) loc = '';
  };
  parser.ontext = (part) => {
    if (isLocation(path)) loc += part;
  };
  parser.oncdata = (part) => {
    if (isLocation(path)) loc += part;
  };
  parser.onclosetag = () => {
    if (isLocation(path) && loc.trim() !== '') urls.push(loc.trim());
    path.pop();
  };
  parser.onerror = () => {
    fault ??= `line ${parser.line + 1}: not well-formed XML`;
    parser.error = null as unknown as Error;
  };
  parser.write(text.replace(/^\uFEFF/, '')).close();
  if (fault !== undefined) return { kind: 'fault', message: fault };
  if (root === 'urlset') return { kind: 'pages', urls };
  if (root === 'sitemapindex') return { kind: 'index', urls };
  return { kind: 'fault', message: 'it is no sitemap: neither a urlset nor a sitemapindex' };
}

/** `urlset/url/loc` and `sitemapindex/sitemap/loc`; not those of images and videos in them. */
function isLocation(path: readonly string[]): boolean {
  return path.length === 3 && path[2] === 'loc' && (path[1] === 'url' || path[1] === 'sitemap');
}
