/** What all providers behind HTTP share: address, key, prefixes, time limit, and what a failure means. */
import { embeddingIdentity } from '../../domain/embedding-identity.js';
import type { EmbeddingSpec } from '../../domain/embedding-spec.js';
import { IngestError } from '../../domain/errors.js';
import { embeddingFingerprint } from '../../domain/identity.js';
import type { RateLimits } from '../../domain/ports/embedder.js';
import { type HttpAnswer, HttpFailure, postJson } from '../../platform/http.js';
import { ProviderError } from '../provider-error.js';
import type { ProviderDescription, ProviderModule } from '../provider-module.js';
import { type RequestHeaders, requestHeaders } from '../request-headers.js';
import { errorOfAnswer, errorOfFailure } from './http-errors.js';

export type Role = 'passage' | 'query';

/** How one kind of server is spoken to: one small POST. */
export interface Protocol {
  /** Below the base address. */
  readonly path: string;
  /** Undefined: the manifest must say. */
  readonly baseUrl: string | undefined;
  /** Texts per request, and requests at once, at most. */
  readonly batch: number;
  readonly concurrency: number;
  /** What to expect of it before the first run has measured it. */
  readonly tokensPerSecond: number;
  /** Texts have their prefix already. */
  body(spec: EmbeddingSpec, texts: readonly string[], role: Role): unknown;
  /** Vectors in the order of the texts, normalised when it is asked for. @throws ProviderError bad-answer */
  vectors(answer: string, count: number, normalise: boolean): Float32Array[];
}

/** 2,048 vectors of 3,072 numbers take about 130 MB as JSON. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

function describe(spec: EmbeddingSpec, protocol: Protocol): ProviderDescription {
  return {
    model: spec.model,
    semantic: true,
    dimensions: dimensionsOf(spec),
    price: spec.price_per_million_tokens,
    pace: {
      tokensPerSecond: protocol.tokensPerSecond,
      textsPerRequest: spec.batch_size ?? protocol.batch,
      limits: rateLimits(spec),
    },
    fingerprint: embeddingFingerprint(embeddingIdentity(spec)),
  };
}

/** An alias whose vectors have a declared length cannot give others. */
function dimensionsOf(spec: EmbeddingSpec): number | undefined {
  return spec.dimensions ?? spec.same_as?.dimensions;
}

function rateLimits(spec: EmbeddingSpec): RateLimits {
  return { requests: spec.requests_per_minute, tokens: spec.tokens_per_minute };
}

export function httpProvider(protocol: Protocol): ProviderModule {
  return {
    describe: (spec) => describe(spec, protocol),
    create(spec, { clock, fetchFor }) {
      const url = endpoint(spec, protocol);
      let headers: RequestHeaders | undefined;
      let send: typeof fetch | undefined;
      return {
        name: spec.provider,
        model: spec.model,
        fingerprint: embeddingFingerprint(embeddingIdentity(spec)),
        dimensions: dimensionsOf(spec),
        maxBatch: spec.batch_size ?? protocol.batch,
        maxConcurrency: spec.max_concurrency ?? protocol.concurrency,
        rateLimits: rateLimits(spec),
        pricePerMillionTokens: spec.price_per_million_tokens,
        async embed(texts, role, signal) {
          headers ??= requestHeaders(spec);
          send ??= (await fetchFor?.(url)) ?? fetch;
          const { secrets } = headers;
          const prefix = role === 'query' ? spec.query_prefix : spec.passage_prefix;
          const input = texts.map((text) => prefix + text);
          let answer: HttpAnswer;
          try {
            answer = await postJson({
              url,
              fetch: send,
              headers: headers.values,
              body: protocol.body(spec, input, role),
              timeoutMs: spec.timeout_ms,
              maxBytes: MAX_ANSWER_BYTES,
              signal,
            });
          } catch (error) {
            if (error instanceof HttpFailure) throw errorOfFailure(error, url);
            if (signal.aborted) throw error;
            throw new ProviderError('fatal', 'the request could not be made', { cause: error });
          }
          if (answer.status !== 200) throw errorOfAnswer(answer, { secrets, texts: input, now: clock.now() });
          return protocol.vectors(answer.body, texts.length, spec.normalise);
        },
      };
    },
  };
}

/** The path below the base, keeping a query such as `?api-version=`. */
function endpoint(spec: EmbeddingSpec, protocol: Protocol): string {
  const base = spec.base_url ?? protocol.baseUrl;
  const example = protocol.baseUrl ?? 'https://api.openai.com/v1';
  const advice = `Set embedding.base_url, for example ${example}.`;
  if (base === undefined) {
    throw new IngestError('E102', `${spec.provider} needs embedding.base_url`, { kind: 'input', advice });
  }
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    // Not quoted: what stands there may hold a password.
    const message = 'embedding.base_url is not an http(s) URL without a user name and password';
    throw new IngestError('E103', message, { kind: 'input', advice });
  }
  url.pathname = url.pathname.replace(/(?<!\/)\/+$/, '') + protocol.path;
  url.hash = '';
  return url.href;
}
