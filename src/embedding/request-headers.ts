/** Resolves the secrets of one provider into headers; called at its first request and not before. */

import type { EmbeddingSpec } from '../domain/embedding-spec.js';
import { IngestError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';

export interface RequestHeaders {
  readonly values: Readonly<Record<string, string>>;
  /** Every revealed value, to be kept out of messages. */
  readonly secrets: readonly string[];
}

/** @throws IngestError E304 naming the variable and the manifest's key, never the value */
export function requestHeaders(spec: EmbeddingSpec): RequestHeaders {
  const values: Record<string, string> = {};
  const secrets: string[] = [];
  if (spec.api_key !== undefined) {
    const key = reveal(spec.api_key, 'embedding.api_key');
    values['authorization'] = `Bearer ${key}`;
    secrets.push(key);
  }
  for (const [name, secret] of Object.entries(spec.headers)) {
    const value = reveal(secret, `embedding.headers.${name}`);
    values[name.toLowerCase()] = value;
    secrets.push(value);
  }
  return { values, secrets };
}

function reveal(secret: Secret, key: string): string {
  const names = secret.variables.length === 0 ? 'its value' : secret.variables.join(', ');
  let value: string;
  try {
    // Variables read from files often end in a line break.
    value = secret.reveal().trim();
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    throw missing(`${names} is not set; ${key} needs it`, names);
  }
  if (value === '') throw missing(`${names} is empty; ${key} needs it`, names);
  // fetch would refuse it with a message that quotes the value.
  if (!/^[\x20-\x7e]+$/.test(value)) {
    throw missing(`${names} holds characters that an HTTP header cannot carry; ${key} needs it`, names);
  }
  return value;
}

function missing(message: string, names: string): IngestError {
  return new IngestError('E304', message, {
    kind: 'input',
    advice: `Set ${names} in the environment of this command. plan, drift, status and validate work without it.`,
  });
}
