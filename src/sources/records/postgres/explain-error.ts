/** What PostgreSQL or the way to it answered, in words. Never with a row's values, which only its details hold. Pure. */
import { maskSecrets } from '../../../domain/mask-secrets.js';
import { certificateFault, codedError } from '../../../platform/connection-faults.js';

/** By SQLSTATE; what is not here is told in the server's own words. */
const WORDS: Readonly<Record<string, string>> = {
  '28P01': 'the server refuses the user or the password',
  '28000': 'the server refuses the login',
  '3D000': 'there is no such database',
  '53300': 'the server has no connection left',
  '57014': 'the statement was cancelled, or took longer than statement_timeout_ms',
  '57P01': 'the server ended the connection',
  '57P03': 'the server is starting up or shutting down',
};

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'the name of its host is not known',
  EAI_AGAIN: 'the name of its host cannot be looked up now',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  ETIMEDOUT: 'no answer came in time',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ENOENT: 'there is no such socket',
};

export function explainPostgresError(error: unknown, secrets: readonly string[]): string {
  const coded = codedError(error);
  const message = maskSecrets(error instanceof Error ? error.message : 'unknown error', secrets);
  if (coded === undefined) return message === '' ? 'no reason was given' : message;
  const { code } = coded;
  const words = certificateFault(code) ?? own(WORDS, code) ?? own(NETWORK, code);
  return words === undefined ? `${message} (${code})` : words.includes(code) ? words : `${words} (${code})`;
}

function own(map: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
