/**
 * Any server that speaks OpenAI's embeddings protocol: POST {base_url}/embeddings with {model, input}.
 * Source: https://platform.openai.com/docs/api-reference/embeddings. Answers are joined by `index`.
 */
import { IngestError } from '../../domain/errors.js';
import { embeddingFingerprint } from '../../domain/identity.js';
import type { EmbeddingSpec } from '../../domain/manifest.js';
import type { EmbeddingProvider } from '../../domain/ports/embedder.js';
import { type HttpAnswer, HttpFailure, postJson } from '../../platform/http.js';
import { ProviderError } from '../provider-error.js';
import type { ProviderDependencies, ProviderDescription, ProviderModule } from '../provider-module.js';
import { type RequestHeaders, requestHeaders } from '../request-headers.js';
import { vectorsOfAnswer } from './openai-answer.js';
import { errorOfAnswer, errorOfFailure } from './openai-errors.js';

const BATCH = 64;
const CONCURRENCY = 4;
/** 2,048 vectors of 3,072 numbers take about 130 MB as JSON. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

function describe(spec: EmbeddingSpec): ProviderDescription {
  return {
    model: spec.model,
    semantic: true,
    dimensions: spec.dimensions,
    price: spec.price_per_million_tokens,
    // base_url is not part of it: gateways move, and the model stays.
    fingerprint: embeddingFingerprint({
      provider: spec.provider,
      model: spec.model,
      revision: spec.revision ?? null,
      dimensions: spec.dimensions ?? 'native',
      query_prefix: spec.query_prefix,
      passage_prefix: spec.passage_prefix,
      normalise: spec.normalise,
    }),
  };
}

function create(spec: EmbeddingSpec, { clock }: ProviderDependencies): EmbeddingProvider {
  const url = endpoint(spec.base_url);
  let headers: RequestHeaders | undefined;
  return {
    name: spec.provider,
    model: spec.model,
    fingerprint: describe(spec).fingerprint,
    dimensions: spec.dimensions,
    maxBatch: spec.batch_size ?? BATCH,
    maxConcurrency: CONCURRENCY,
    pricePerMillionTokens: spec.price_per_million_tokens,
    async embed(texts, role, signal) {
      headers ??= requestHeaders(spec);
      const { secrets } = headers;
      const prefix = role === 'query' ? spec.query_prefix : spec.passage_prefix;
      const input = texts.map((text) => prefix + text);
      const body = {
        model: spec.model,
        input,
        encoding_format: 'float',
        ...(spec.dimensions === undefined ? {} : { dimensions: spec.dimensions }),
      };
      let answer: HttpAnswer;
      try {
        answer = await postJson({
          url,
          headers: headers.values,
          body,
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
      return vectorsOfAnswer(answer.body, texts.length, spec.normalise);
    },
  };
}

/** `/embeddings` below the base, keeping a query such as `?api-version=`. */
function endpoint(base: string | undefined): string {
  const advice = 'Set embedding.base_url, for example https://api.openai.com/v1.';
  if (base === undefined) {
    throw new IngestError('E102', 'openai-compatible needs embedding.base_url', { kind: 'input', advice });
  }
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    // Not quoted: what stands there may hold a password.
    const message = 'embedding.base_url is not an http(s) URL without a user name and password';
    throw new IngestError('E103', message, { kind: 'input', advice });
  }
  url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, '')}/embeddings`;
  url.hash = '';
  return url.href;
}

export const openaiCompatible: ProviderModule = { describe, create };
