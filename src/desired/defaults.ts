/**
 * Defaults of apiVersion ingest/v1; they never change within it. contracts/manifest.schema.json states the
 * same values for readers and editors, and a test compares the two.
 */

import type { TokenSizes } from '../domain/chunking-spec.js';
import { DEFAULT_CONNECTION } from '../domain/connection.js';
import type { ModelDtype, Pooling } from '../domain/embedding-spec.js';
import type { GatePolicy } from '../domain/gate-policy.js';
import { DEFAULT_KEEP_PREVIOUS, type PolicySpec, type Space } from '../domain/manifest.js';
import { DEFAULT_CHUNKING, EMBEDDING_DEFAULTS, LEXICAL_HASH } from '../domain/manifest-defaults.js';
import type { FindingAction } from '../domain/pii.js';
import type { CsvSource, PostgresSource, TranscriptFields } from '../domain/source-spec.js';

export const DEFAULTS = {
  space: 'cosine' as Space,
  tenant: 'default_tenant',
  database: 'default_database',
  connection: DEFAULT_CONNECTION,
  cloudUrl: 'https://api.trychroma.com',
  transformers: {
    dtype: 'fp32' as ModelDtype,
    pooling: 'mean' as Pooling,
    query_prefix: '',
    passage_prefix: '',
    normalise: true,
    batch_size: 8,
  },
  lexicalHash: LEXICAL_HASH,
  embedding: EMBEDDING_DEFAULTS,
  chunking: DEFAULT_CHUNKING,
  /** In place of the characters, where a manifest declares a tokenizer. */
  tokenSizes: { max_tokens: 300, min_tokens: 50, overlap_tokens: 0 } satisfies Omit<TokenSizes, 'tokenizer'>,
  /** Sources elsewhere: how long to wait for an answer, and for each part of it. */
  remoteSource: { timeout_ms: 60_000 },
  http: { max_concurrency: 4, delay_ms: 0 },
  /** What utterances call their parts, and the unit of their times. */
  transcript: {
    fields: { start: 'start', end: 'end', speaker: 'speaker', text: 'text' },
    time_unit: 'seconds' as TranscriptFields['time_unit'],
  },
  policy: {
    deletes: { max_count: 100, max_ratio: 0.1 },
    on_reject: 'keep',
    keep_previous: DEFAULT_KEEP_PREVIOUS,
  } satisfies Omit<PolicySpec, 'prevent_destroy' | 'gate'>,
  /** In force once a manifest has `policy.gate`. */
  gate: {
    missing_checksum: 'warn',
    partial_metadata: 'warn',
    missing_metadata: 'quarantine',
    pii_gap: 'quarantine',
    contract_mismatch: 'reject',
    unknown_license: 'reject',
  } satisfies GatePolicy,
  csv: {
    delimiter: ',',
    quoting: 'rfc4180',
    null_values: [''],
    types: {},
  } satisfies Partial<CsvSource>,
  postgres: { statement_timeout_ms: 600_000 } satisfies Partial<PostgresSource>,
  pii: { detectors: 'all', action: 'redact' as FindingAction, patterns: [], allow: [] },
  checks: { k: 10, thresholds: { recall: 1 } },
} as const;
