import type { ProviderFault } from '../domain/ports/embedder.js';

export interface ProviderErrorOptions {
  /** How long the provider asks to wait, in milliseconds; undefined when it does not say. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/** One failed request. The message is one line, free of secrets and of the texts that were sent. */
export class ProviderError extends Error {
  readonly fault: ProviderFault;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;

  constructor(fault: ProviderFault, message: string, options: ProviderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProviderError';
    this.fault = fault;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}
