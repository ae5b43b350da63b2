/** One page: conditional, through redirects that stay where they may lead, and again where a failure passes. */
import { getBytes, HttpFailure } from '../../platform/http.js';
import { openOutbound } from '../../platform/outbound.js';
import { MAX_INPUT_BYTES } from '../parsing/input-bytes.js';
import type { SourceContext } from '../source-context.js';
import type { KnownPage } from './page-cache.js';
import { readPageUrl } from './page-uri.js';

export type PageAnswer =
  | {
      readonly kind: 'page';
      readonly bytes: Buffer;
      readonly final_url: string;
      readonly etag: string | null;
      readonly last_modified: string | null;
      readonly content_type: string;
    }
  | { readonly kind: 'unchanged' }
  /** 404 or 410: the server says that there is no such page. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'too-large' }
  /** `silent`: the server is out of reach or overloaded, rather than unwilling. */
  | { readonly kind: 'unreadable'; readonly message: string; readonly silent: boolean };

export interface FetchSettings {
  /** Of the declared hosts alone; called with the first request. @throws IngestError E109 */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Whether this source may go there. */
  readonly allows: (url: URL) => boolean;
  readonly timeout_ms: number;
  readonly delay_ms: number;
}

const ATTEMPTS = 3;
const REDIRECTS = 5;
const FIRST_DELAY_MS = 500;
/** Whoever asks for more patience is asked again with the next run. */
const LONGEST_WAIT_MS = 30_000;
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Failure of one try. */
interface Failed {
  readonly kind: 'failed';
  readonly message: string;
  /** Milliseconds that the server asks to wait; undefined: it does not say. */
  readonly wait?: number | undefined;
  readonly passes: boolean;
}

export class PageFetcher {
  readonly #settings: FetchSettings;
  readonly #context: SourceContext;
  readonly #fetches = new Map<string, Promise<typeof fetch>>();
  #nextAt = 0;

  constructor(settings: FetchSettings, context: SourceContext) {
    this.#settings = settings;
    this.#context = context;
  }

  /** `known`: what answers 304 as long as nothing changed; undefined: it is wanted in any case. */
  async get(url: URL, known: KnownPage | undefined, signal: AbortSignal): Promise<PageAnswer> {
    const { clock } = this.#context;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#follow(url, known, signal);
      if (answer.kind !== 'failed') return answer;
      const wait = answer.wait ?? clock.random() * FIRST_DELAY_MS * 2 ** attempt;
      if (!answer.passes || attempt === ATTEMPTS || wait > LONGEST_WAIT_MS) {
        return { kind: 'unreadable', message: answer.message, silent: answer.passes };
      }
      await clock.sleep(wait, signal);
    }
  }

  async #follow(
    listed: URL,
    known: KnownPage | undefined,
    signal: AbortSignal,
  ): Promise<PageAnswer | Failed> {
    let url = listed;
    for (let hops = 0; hops <= REDIRECTS; hops++) {
      const answer = await this.#send(url, known, signal);
      if (!('redirect' in answer)) return answer;
      const next = URL.canParse(answer.redirect, url.href)
        ? readPageUrl(new URL(answer.redirect, url).href)
        : undefined;
      if (next === undefined) return refused('it redirects to what is no page of the web');
      if (!this.#settings.allows(next)) {
        return refused(`it redirects to ${next.host}, which is none of the hosts of this source`);
      }
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        return refused('it redirects from https to http');
      }
      url = next;
    }
    return refused(`it redirects more than ${REDIRECTS} times`);
  }

  async #send(
    url: URL,
    known: KnownPage | undefined,
    signal: AbortSignal,
  ): Promise<PageAnswer | Failed | { readonly redirect: string }> {
    await this.#pace(signal);
    const conditional = known?.final_url === url.href ? known : undefined;
    try {
      const { status, headers, bytes } = await getBytes({
        url: url.href,
        fetch: await this.#fetchFor(url.origin),
        headers: {
          'user-agent': 'chroma-ingest',
          accept: 'text/html, text/markdown, application/pdf, text/plain;q=0.9, */*;q=0.5',
          ...this.#settings.headers(),
          ...(conditional?.etag == null ? {} : { 'if-none-match': conditional.etag }),
          ...(conditional?.last_modified == null ? {} : { 'if-modified-since': conditional.last_modified }),
        },
        timeoutMs: this.#settings.timeout_ms,
        maxBytes: MAX_INPUT_BYTES,
        signal,
      });
      if (status === 304 && conditional !== undefined) return { kind: 'unchanged' };
      if (status === 404 || status === 410) return { kind: 'gone' };
      const location = headers.get('location');
      if (REDIRECT.has(status) && location !== null) return { redirect: location };
      if (status !== 200) {
        const wait = retryAfter(headers.get('retry-after'), this.#context.clock.now());
        return { kind: 'failed', message: `the server answers ${status}`, wait, passes: PASSING.has(status) };
      }
      return {
        kind: 'page',
        bytes,
        final_url: url.href,
        etag: headers.get('etag'),
        last_modified: headers.get('last-modified'),
        content_type: headers.get('content-type') ?? '',
      };
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (error.kind === 'too-large') return { kind: 'too-large' };
      const passes = error.kind === 'timeout' || error.kind === 'unreachable' || error.kind === 'cut';
      return { kind: 'failed', message: error.message, passes };
    }
  }

  /** Requests begin at least so far apart. */
  async #pace(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const { delay_ms } = this.#settings;
    if (delay_ms === 0) return;
    const now = clock.monotonic();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + delay_ms;
    if (at > now) await clock.sleep(at - now, signal);
  }

  #fetchFor(origin: string): Promise<typeof fetch> {
    const { env } = this.#context;
    const known =
      this.#fetches.get(origin) ??
      openOutbound({ url: origin, env, tls: undefined }).then((one) => one.fetch);
    this.#fetches.set(origin, known);
    return known;
  }
}

function refused(message: string): Failed {
  return { kind: 'failed', message, passes: false };
}

/** Milliseconds: of a number of seconds, or of a date. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
