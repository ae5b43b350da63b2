/** What contracts/manifest.schema.json guarantees about a manifest in which it found no fault. */

import type { CharSizes, ChunkingSpec, TokenSizes } from '../domain/chunking-spec.js';
import type { LimitsSpec, RetrySpec } from '../domain/connection.js';
import type { CursorType } from '../domain/cursor.js';
import type { HttpProviderName, ModelDtype, Pooling } from '../domain/embedding-spec.js';
import type { GateSpec } from '../domain/gate-policy.js';
import type { PolicySpec, Space } from '../domain/manifest.js';
import type { FindingAction, PiiDetector, PiiPolicy } from '../domain/pii.js';
import type { CsvSource, LoadSpec, RecordMapping, TranscriptFields } from '../domain/source-spec.js';

export interface RawManifest {
  readonly metadata: { readonly manifest_id: string; readonly owner?: string };
  readonly environments: Readonly<Record<string, { readonly chroma: string | RawChroma }>>;
  readonly embedding: RawEmbedding;
  readonly chunking?: RawChunking;
  readonly sources: readonly RawSource[];
  readonly policy?: {
    readonly deletes?: Partial<PolicySpec['deletes']>;
    readonly on_reject?: PolicySpec['on_reject'];
    readonly gate?: Partial<GateSpec>;
    readonly prevent_destroy?: boolean;
    readonly keep_previous?: number;
    readonly pii?: RawPii;
  };
  readonly checks?: RawChecks;
}

export interface RawPii {
  readonly detectors?: 'all' | readonly PiiDetector[];
  readonly action?: FindingAction;
  readonly actions?: Readonly<Partial<Record<PiiDetector, FindingAction>>>;
  readonly patterns?: readonly {
    readonly name: string;
    readonly pattern: string;
    readonly action?: FindingAction;
  }[];
  readonly allow?: PiiPolicy['allow'];
  readonly hash_key?: string;
}

export interface RawChecks {
  readonly k?: number;
  readonly thresholds?: { readonly recall?: number; readonly mrr?: number };
  readonly queries: readonly {
    readonly id?: string;
    readonly query: string;
    readonly uris?: readonly string[];
    readonly contains?: string;
    readonly k?: number;
  }[];
}

/** Sizes in one unit: check-structure.ts sees to it, and that sizes in tokens name their tokenizer. */
export interface RawChunking extends Partial<CharSizes>, Partial<Omit<TokenSizes, 'tokenizer'>> {
  readonly strategy?: ChunkingSpec['strategy'];
  readonly tokenizer?: string;
}

export interface RawChroma {
  /** May be left out beside `cloud` only. */
  readonly url?: string;
  readonly cloud?: { readonly tenant: string; readonly database: string; readonly api_key: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly tenant?: string;
  readonly database?: string;
  readonly collection?: string;
  readonly space?: Space;
  readonly tls?: { readonly ca_file?: string; readonly cert_file?: string; readonly key_file?: string };
  readonly timeout_ms?: number;
  readonly retries?: Partial<RetrySpec>;
  readonly limits?: LimitsSpec;
}

export type RawEmbedding = RawLexicalHash | RawTransformers | RawHttpEmbedding;

export interface RawLexicalHash {
  readonly provider: 'lexical-hash';
  readonly dimensions?: number;
}

export interface RawTransformers {
  readonly provider: 'transformers';
  readonly model: string;
  readonly model_path?: string;
  readonly allow_download?: boolean;
  readonly base_url?: string;
  readonly revision?: string;
  readonly dtype?: ModelDtype;
  readonly pooling?: Pooling;
  readonly query_prefix?: string;
  readonly passage_prefix?: string;
  readonly normalise?: boolean;
  readonly batch_size?: number;
  readonly same_as?: RawAlias;
}

export interface RawHttpEmbedding {
  readonly provider: HttpProviderName;
  readonly base_url?: string;
  readonly model: string;
  readonly api_key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly revision?: string;
  readonly dimensions?: number;
  readonly query_prefix?: string;
  readonly passage_prefix?: string;
  readonly normalise?: boolean;
  readonly price_per_million_tokens?: number;
  readonly batch_size?: number;
  readonly timeout_ms?: number;
  readonly requests_per_minute?: number;
  readonly tokens_per_minute?: number;
  readonly max_concurrency?: number;
  readonly same_as?: RawAlias;
}

export interface RawAlias {
  readonly provider?: HttpProviderName;
  readonly model?: string;
  /** null: it had none. */
  readonly revision?: string | null;
  readonly dimensions?: number;
}

export type RawSource =
  | RawFilesSource
  | RawTranscriptSource
  | RawJsonlSource
  | RawCsvSource
  | RawSqliteSource
  | RawPostgresSource
  | RawS3Source
  | RawHttpSource;

interface RawAnySource {
  readonly id: string;
  readonly contract?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly load?: RawLoad;
  readonly landing?: boolean;
}

export interface RawLoad {
  readonly mode?: LoadSpec['mode'];
  readonly cursor_field?: string;
  readonly cursor_type?: CursorType;
  readonly collation?: 'binary';
  /** `15m`, or a number. */
  readonly lateness?: string | number;
  readonly start?: string | number;
  readonly deleted_field?: string;
  readonly on_malformed?: LoadSpec['on_malformed'];
}

export interface RawFilesSource extends RawAnySource {
  readonly type?: 'files';
  readonly root: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface RawHttpSource extends RawAnySource {
  readonly type: 'http';
  /** One of the two at least. */
  readonly urls?: readonly string[];
  readonly sitemap?: string;
  readonly hosts?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly max_concurrency?: number;
  readonly delay_ms?: number;
  readonly timeout_ms?: number;
}

export interface RawS3Source extends RawAnySource {
  readonly type: 's3';
  readonly bucket: string;
  readonly prefix?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly path_style?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Both or neither: the schema sees to it. */
  readonly access_key_id?: string;
  readonly secret_access_key?: string;
  readonly session_token?: string;
  readonly anonymous?: boolean;
  readonly timeout_ms?: number;
}

/** `root` or `path`: check-sources.ts sees to it. */
export interface RawTranscriptSource extends RawAnySource {
  readonly type: 'transcript';
  readonly root?: string;
  readonly path?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly fields?: Partial<Omit<TranscriptFields, 'time_unit'>>;
  readonly time_unit?: TranscriptFields['time_unit'];
}

export interface RawMapping {
  readonly key: string | readonly string[];
  /** One of the two. */
  readonly text?: readonly string[];
  readonly template?: string;
  readonly format?: RecordMapping['format'];
  readonly metadata_from?: readonly string[] | Readonly<Record<string, string>>;
}

export interface RawJsonlSource extends RawAnySource, RawMapping {
  readonly type: 'jsonl';
  readonly path: string;
}

export interface RawCsvSource extends RawAnySource, RawMapping {
  readonly type: 'csv';
  readonly path: string;
  readonly columns?: readonly string[];
  readonly delimiter?: string;
  readonly quoting?: CsvSource['quoting'];
  readonly null_values?: readonly string[];
  readonly types?: CsvSource['types'];
}

/** One of the two: check-sources.ts sees to it. */
export interface RawRowSet {
  readonly table?: string;
  readonly query?: string;
}

export interface RawSqliteSource extends RawAnySource, RawMapping, RawRowSet {
  readonly type: 'sqlite';
  readonly path: string;
}

export interface RawPostgresSource extends RawAnySource, RawMapping, RawRowSet {
  readonly type: 'postgres';
  readonly url: string;
  readonly ca_file?: string;
  readonly statement_timeout_ms?: number;
}
