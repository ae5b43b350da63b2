/** Visits every leaf of a plain value, with the path that leads to it. */
import type { YamlPath } from '../platform/yaml.js';

export interface Leaf {
  readonly path: YamlPath;
  readonly value: unknown;
}

export function walkValue(value: unknown, visit: (leaf: Leaf) => void, path: YamlPath = []): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      walkValue(item, visit, [...path, index]);
    });
  } else if (isRecord(value)) {
    for (const [key, item] of Object.entries(value)) walkValue(item, visit, [...path, key]);
  } else visit({ path, value });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one own key of what may be anything. */
export function ownValue(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
