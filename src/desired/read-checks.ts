/** The retrieval checks of a manifest: defaults filled in, each query with an id. */
import { sha256Hex } from '../domain/hashing.js';
import type { ChecksSpec } from '../domain/manifest.js';
import { DEFAULTS } from './defaults.js';
import type { RawChecks } from './raw-manifest.js';

const ID_LENGTH = 12;

export function readChecks(raw: RawChecks): ChecksSpec {
  const defaults = DEFAULTS.checks;
  return {
    thresholds: {
      recall: raw.thresholds?.recall ?? defaults.thresholds.recall,
      mrr: raw.thresholds?.mrr,
    },
    queries: raw.queries.map(({ id, query, k, uris, contains }) => ({
      id: id ?? queryId(query),
      query,
      k: k ?? raw.k ?? defaults.k,
      uris: uris ?? [],
      contains,
    })),
  };
}

/** Of the text alone, so that a query keeps its history when others come and go. */
export function queryId(query: string): string {
  return sha256Hex(query).slice(0, ID_LENGTH);
}
