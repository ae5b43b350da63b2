/** What to do after a failed request: decided here, once, from the fault alone. Pure. */
import type { ProviderFault } from '../domain/ports/embedder.js';
import type { ProviderError } from './provider-error.js';

export type NextStep =
  /** Send the same texts again after the delay. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** Send two halves after the delay. */
  | { readonly kind: 'split'; readonly delayMs: number }
  /** The one text is at fault: it fails, the rest goes on. */
  | { readonly kind: 'fail' }
  /** The provider is at fault, or asks for more patience than we have. */
  | { readonly kind: 'stop' };

export interface FailedAttempt {
  /** How often these texts have failed, this time included. */
  readonly attempt: number;
  /** Texts in the request. */
  readonly size: number;
  /** Whether another request succeeded since these texts failed first. */
  readonly progress: boolean;
}

/** Attempts of the same texts before the provider counts as out of reach, or the text as the cause. */
const ATTEMPTS: Readonly<Record<ProviderFault, number>> = {
  'rate-limit': 8,
  unavailable: 8,
  timeout: 5,
  'bad-answer': 3,
  'too-large': 1,
  'bad-request': 1,
  fatal: 1,
};

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** Whoever is told to wait longer than this stops instead, and a later run goes on. */
export const LONGEST_RETRY_AFTER_MS = 120_000;

/** @param random uniform in [0, 1): full jitter, so that many clients do not come back together */
export function nextStep(error: ProviderError, failed: FailedAttempt, random: number): NextStep {
  const { attempt, size, progress } = failed;
  const { fault } = error;
  const single: NextStep = size > 1 ? { kind: 'split', delayMs: 0 } : { kind: 'fail' };
  if (fault === 'fatal') return { kind: 'stop' };
  if (fault === 'too-large' || fault === 'bad-request') return single;

  const asked = error.retryAfterMs ?? 0;
  if (asked > LONGEST_RETRY_AFTER_MS) return { kind: 'stop' };
  const backoff = random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 16));
  const delayMs = Math.max(asked, backoff);

  if (attempt >= ATTEMPTS[fault]) {
    if (fault === 'bad-answer') return single;
    if (!progress) return { kind: 'stop' };
    // Others get through: it is these texts. A rate limit is never a text's fault.
    return fault === 'rate-limit' ? { kind: 'retry', delayMs } : single;
  }
  const halve = size > 1 && (fault === 'rate-limit' || fault === 'timeout');
  return { kind: halve ? 'split' : 'retry', delayMs };
}
