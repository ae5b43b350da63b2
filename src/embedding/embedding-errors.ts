/** Turns what a provider could not do into an error for people. */
import type { ErrorCode } from '../domain/error-codes.js';
import { IngestError } from '../domain/errors.js';
import type { ProviderFault } from '../domain/ports/embedder.js';
import { ProviderError } from './provider-error.js';
import { LONGEST_RETRY_AFTER_MS } from './retry-policy.js';

const CODE: Readonly<Record<ProviderFault, ErrorCode>> = {
  'rate-limit': 'E302',
  timeout: 'E302',
  unavailable: 'E302',
  'bad-answer': 'E303',
  'too-large': 'E301',
  'bad-request': 'E301',
  fatal: 'E301',
};

const CONTINUE = 'What was embedded is in the cache: run the same command again and it goes on from there.';

/** The error that stops the run. Errors that are ours already pass unchanged. */
export function stoppingError(error: unknown, provider: string): unknown {
  if (!(error instanceof ProviderError)) return error;
  return new IngestError(CODE[error.fault], `${provider}: ${error.message}`, {
    kind: 'world',
    advice: advice(error),
    cause: error,
  });
}

/** The error of one text that the provider cannot take. */
export function textError(error: ProviderError, provider: string): IngestError {
  return new IngestError(CODE[error.fault], `${provider} cannot embed one of its texts: ${error.message}`, {
    kind: 'world',
    advice:
      'Look at this document; smaller chunks (chunking.max_chars, or another strategy than whole) help where the text is too long.',
    cause: error,
  });
}

function advice(error: ProviderError): string {
  if (error.retryAfterMs !== undefined && error.retryAfterMs > LONGEST_RETRY_AFTER_MS) {
    return `The provider asks to wait ${Math.ceil(error.retryAfterMs / 1000)} s. ${CONTINUE}`;
  }
  switch (error.fault) {
    case 'fatal':
      return fatalAdvice(error.status);
    case 'rate-limit':
      return `The rate limit did not lift. ${CONTINUE}`;
    case 'timeout':
      return `Check that the provider is up, or raise embedding.timeout_ms. ${CONTINUE}`;
    case 'unavailable':
      return `Check embedding.base_url and that the provider is up. ${CONTINUE}`;
    case 'bad-answer':
      return 'Check embedding.model and embedding.dimensions, and that base_url speaks the embeddings protocol.';
    case 'bad-request':
    case 'too-large':
      return 'Check embedding.model, embedding.dimensions and chunking.max_chars.';
  }
}

function fatalAdvice(status: number | undefined): string {
  if (status === 401 || status === 403)
    return 'Check the variable that embedding.api_key names, and what it may do.';
  if (status === 404 || status === 405) return 'Check embedding.base_url and embedding.model.';
  if (status === 402 || status === 429) return `Check the account's quota and billing. ${CONTINUE}`;
  return 'Check embedding.base_url, embedding.model and the key.';
}
