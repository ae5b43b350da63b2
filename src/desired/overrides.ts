/** `chunking.max_chars=800`: what a manifest would say, for a plan that is only looked at. */
import { IngestError } from '../domain/errors.js';
import { parseYaml } from '../platform/yaml.js';
import { isRecord } from './walk-value.js';

export interface Override {
  /** As it was given. */
  readonly text: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** @throws IngestError E606 */
export function parseOverride(text: string): Override {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(0, at)).split('.');
  const [yaml] = at < 0 ? [] : parseYaml(text.slice(at + 1));
  if (at < 0 || path.includes('') || (yaml?.problems.length ?? 0) > 0) {
    throw new IngestError('E606', `"${text}" says no key and value`, {
      kind: 'input',
      advice: 'Write the key as it stands in the manifest, with dots: --what-if chunking.max_chars=800',
    });
  }
  return { text, path, value: yaml?.empty === false ? yaml.value : null };
}

/** A copy of the manifest that says so. Items of a list are named by their id, or counted from 0. */
export function overridden(manifest: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce<unknown>((value, { path, value: to }) => withValue(value, path, to), manifest);
}

function withValue(container: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(container)) {
    const at = container.findIndex((item, i) => (isRecord(item) && item['id'] === key) || String(i) === key);
    // Judged by the schema, like everything else that is wrong.
    if (at < 0) return [...container, withValue({ id: key }, rest, to)];
    return container.map((item, i) => (i === at ? withValue(item, rest, to) : item));
  }
  const record = isRecord(container) ? container : {};
  return { ...record, [key]: withValue(record[key], rest, to) };
}
