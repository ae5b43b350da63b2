/** A site: pages with validators, redirects, and answers that go wrong. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Breakdown, breaksDown, listenLocally, stopServer } from './local-server.js';

export interface Page {
  readonly body: string | Buffer;
  readonly type?: string;
  /** false: no validators. */
  readonly validators?: 'etag' | 'date' | false;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Misfortune {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export class PageServer {
  url = '';
  readonly pages = new Map<string, Page>();
  readonly redirects = new Map<string, string>();
  /** `200 /path` in the order in which they were answered. */
  readonly answers: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  fault: (path: string) => Misfortune | Breakdown | undefined = () => undefined;
  most = 0;
  #open = 0;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<PageServer> {
    const site = new PageServer();
    site.url = await listenLocally(site.#server);
    return site;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  html(path: string, words: string): void {
    this.pages.set(path, {
      body: `<!doctype html><title>${path}</title><h1>${path}</h1><p>${words}</p>`,
      type: 'text/html; charset=utf-8',
    });
  }

  sitemap(path: string, urls: readonly string[], kind: 'urlset' | 'sitemapindex' = 'urlset'): void {
    const item = kind === 'urlset' ? 'url' : 'sitemap';
    const items = urls.map((url) => `<${item}><loc>${url.replaceAll('&', '&amp;')}</loc></${item}>`);
    this.pages.set(path, {
      body: `<?xml version="1.0"?>\n<${kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${items.join('')}</${kind}>`,
      type: 'application/xml',
    });
  }

  /** Since the last call. */
  asked(): string[] {
    return this.answers.splice(0).sort();
  }

  stop(): Promise<void> {
    return stopServer(this.#server);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.headers.push(request.headers);
    this.most = Math.max(this.most, ++this.#open);
    response.on('close', () => this.#open--);
    const fault = this.fault(path);
    if (breaksDown(fault, response)) return;
    const target = this.redirects.get(path);
    const page = this.pages.get(path);
    if (fault !== undefined) this.#send(path, response, fault.status, fault.headers ?? {});
    else if (target !== undefined) this.#send(path, response, 302, { location: target });
    else if (page === undefined) this.#send(path, response, 404, {});
    else this.#page(path, page, request, response);
  }

  #page(path: string, page: Page, request: IncomingMessage, response: ServerResponse): void {
    const etag = `"${createHash('sha1').update(page.body).digest('hex')}"`;
    const date = 'Sat, 21 Nov 2026 10:00:00 GMT';
    const { validators = 'etag', type, headers = {} } = page;
    const sent = { ...(type === undefined ? {} : { 'content-type': type }), ...headers };
    if (validators === 'etag' && request.headers['if-none-match'] === etag)
      this.#send(path, response, 304, { etag });
    else if (validators === 'date' && request.headers['if-modified-since'] === date)
      this.#send(path, response, 304, {});
    else {
      const own = validators === 'etag' ? { etag } : validators === 'date' ? { 'last-modified': date } : {};
      this.#send(path, response, 200, { ...sent, ...own }, page.body);
    }
  }

  #send(
    path: string,
    response: ServerResponse,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string | Buffer = '',
  ): void {
    this.answers.push(`${status} ${path}`);
    response.writeHead(status, headers);
    response.end(body);
  }
}

/** Stopped when the test ends. */
export async function pageServer(): Promise<PageServer> {
  const site = await PageServer.start();
  onTestFinished(() => site.stop());
  return site;
}
