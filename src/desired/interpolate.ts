/** `${NAME}` and `${NAME:-default}`, the only interpolation. An empty variable counts as not set. */

import type { ErrorCode } from '../domain/error-codes.js';
import { IngestError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import type { YamlPath } from '../platform/yaml.js';
import { isRecord } from './walk-value.js';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface UnsetVariable {
  readonly path: YamlPath;
  readonly name: string;
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}/g;

/** Where in the text a `${` stands that is no valid reference; -1 without. */
export function badReferenceAt(text: string): number {
  const blanked = text.replace(REFERENCE, (whole) => ' '.repeat(whole.length));
  return blanked.indexOf('${');
}

export function hasReference(text: string): boolean {
  return text.includes('${');
}

/** The text with its variables; those without a value stay as written and are reported. */
function interpolateText(text: string, env: Variables, onUnset: (name: string) => void): string {
  return text.replace(REFERENCE, (whole, name: string, fallback: string | undefined) => {
    const value = variable(env, name);
    if (value !== undefined) return value;
    if (fallback !== undefined) return fallback;
    onUnset(name);
    return whole;
  });
}

/** A copy with every string interpolated but those that `skip` names (secrets resolve at first use). */
export function interpolate(
  value: unknown,
  env: Variables,
  skip: (path: YamlPath) => boolean,
): { readonly value: unknown; readonly unset: readonly UnsetVariable[] } {
  const unset: UnsetVariable[] = [];
  const copy = (item: unknown, path: YamlPath): unknown => {
    if (skip(path)) return item;
    if (typeof item === 'string') return interpolateText(item, env, (name) => unset.push({ path, name }));
    if (Array.isArray(item)) return item.map((one, index) => copy(one, [...path, index]));
    if (!isRecord(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, one]) => [key, copy(one, [...path, key])]));
  };
  return { value: copy(value, []), unset };
}

/** Reads its variables when it is revealed, never before. */
export function lazySecret(text: string, env: Variables, code: ErrorCode, purpose: string): Secret {
  const variables = [...text.matchAll(REFERENCE)].map((match) => match[1] ?? '');
  return new Secret(variables, () =>
    interpolateText(text, env, (name) => {
      throw new IngestError(code, `the environment variable ${name} is not set (${purpose})`, {
        kind: 'input',
        advice: `Set ${name}, then run the command again.`,
      });
    }),
  );
}

function variable(env: Variables, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === '' ? undefined : value;
}
