/** What a failed exchange with a provider means. Decided by status and code, not by text. */
import type { ProviderFault } from '../../domain/ports/embedder.js';
import type { HttpAnswer, HttpFailure, HttpFailureKind } from '../../platform/http.js';
import { ProviderError } from '../provider-error.js';
import { redactMessage } from '../redact.js';

const FAULT_OF_FAILURE: Readonly<Record<HttpFailureKind, ProviderFault>> = {
  timeout: 'timeout',
  unreachable: 'unavailable',
  cut: 'unavailable',
  tls: 'fatal',
  refused: 'fatal',
  'too-large': 'too-large',
};

/** The endpoint is named by host only: a path or query may hold what its owner thinks private. */
export function errorOfFailure(failure: HttpFailure, url: string): ProviderError {
  const message = `${new URL(url).host}: ${failure.message}`;
  return new ProviderError(FAULT_OF_FAILURE[failure.kind], message, { cause: failure });
}

export interface Confidential {
  readonly secrets: readonly string[];
  readonly texts: readonly string[];
  /** Wall-clock milliseconds, for a Retry-After date. */
  readonly now: number;
}

export function errorOfAnswer(answer: HttpAnswer, context: Confidential): ProviderError {
  const { message, code } = readError(answer);
  const said = redactMessage(message, context.secrets, context.texts);
  return new ProviderError(
    faultOfAnswer(answer.status, code),
    said === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${said}`,
    { status: answer.status, retryAfterMs: retryAfter(answer.headers, context.now) },
  );
}

/** OpenAI says 429 also for an account without money; waiting does not help there. */
const HOPELESS_CODES: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'account_deactivated',
]);

function faultOfAnswer(status: number, code: string | undefined): ProviderFault {
  if (status === 429) return code !== undefined && HOPELESS_CODES.has(code) ? 'fatal' : 'rate-limit';
  if (status === 413) return 'too-large';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 400 || status === 422) return 'bad-request';
  if (status === 409 || status === 425 || status >= 500) return 'unavailable';
  if (status >= 200 && status < 300) return 'bad-answer';
  // Redirects and every other 4xx: the next request would end the same way.
  return 'fatal';
}

/** The spellings in use: {"error": {"message", "code"}}, {"error": "..."}, {"message"} and {"detail"}. */
function readError(answer: HttpAnswer): { message: string; code: string | undefined } {
  const location = answer.headers.get('location');
  if (location !== null && answer.status >= 300 && answer.status < 400) {
    return { message: 'redirected; embedding.base_url must name the server itself', code: undefined };
  }
  const parsed = parseObject(answer.body.slice(0, 1_000_000));
  if (parsed === undefined) return { message: plainText(answer), code: undefined };
  const inner = isObject(parsed['error']) ? parsed['error'] : parsed;
  const message = [inner['message'], parsed['error'], inner['detail']].find(
    (value) => typeof value === 'string',
  );
  const code = [inner['code'], inner['type']].find((value) => typeof value === 'string');
  return { message: message ?? '', code };
}

/** Error pages of gateways are HTML: their title says enough. */
function plainText(answer: HttpAnswer): string {
  const start = answer.body.slice(0, 16_384);
  if (!/^\s*</.test(start)) return start;
  return /<title(?:\s[^<>]{0,200})?>([^<]{0,500})/i.exec(start)?.[1] ?? 'an HTML page';
}

/** Seconds or an HTTP date (RFC 9110 10.2.3), or OpenAI's retry-after-ms; undefined when unreadable. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
